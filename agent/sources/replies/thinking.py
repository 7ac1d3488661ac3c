"""Tells the thoughts that a model writes at the head of its text from the text behind them.

Models that reason write their thoughts between marks, and a server without a parser for them sends both as content:
`<think>` (DeepSeek, Qwen), `<thought>` (Gemma), `[THINK]` (Magistral), `◁think▷` (Kimi). Marks count only at the head:
further down they are what the text is about.
"""

from typing import Literal

__all__ = ["Part", "ThoughtSplitter"]

Part = tuple[Literal["reasoning", "text"], str]

_MARKS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
}


class ThoughtSplitter:
    """Feed it the fragments of a reply's text; it holds back no more than what may become a mark."""

    def __init__(self) -> None:
        self._place: Literal["head", "thought", "behind", "text"] = "head"
        self._held = ""
        self._close = ""
        self._is_first = True
        """Whether no thought has been told: blank lines at its beginning are no part of it."""

    def feed(self, text: str) -> list[Part]:
        """The parts of this fragment."""
        if self._place == "text":
            return [("text", text)] if text else []
        self._held += text
        parts: list[Part] = []
        if self._place == "head":
            self._read_head()
        if self._place == "thought":
            parts += self._thought()
        if self._place == "behind":
            self._held = self._held.lstrip()
            self._place = "text" if self._held else "behind"
        if self._place == "text":
            parts += self.end()
        return parts

    def end(self) -> list[Part]:
        """What was held back."""
        held, self._held = self._held, ""
        if not held:
            return []
        return [("reasoning" if self._place == "thought" else "text", held)]

    def _read_head(self) -> None:
        start = self._held.lstrip()
        if (mark := next((mark for mark in _MARKS if start.startswith(mark)), None)) is not None:
            self._place, self._close, self._held = "thought", _MARKS[mark], start.removeprefix(mark)
        elif start and not any(mark.startswith(start) for mark in _MARKS):
            self._place = "text"

    def _thought(self) -> list[Part]:
        if self._is_first:
            self._held = self._held.lstrip()
        thought, mark, rest = self._held.partition(self._close)
        if mark:
            self._place, self._held = "behind", rest
        else:
            kept = _beginning_of(self._close, thought)
            thought, self._held = thought[: len(thought) - kept], thought[len(thought) - kept :]
        self._is_first = self._is_first and not thought
        return [("reasoning", thought)] if thought else []


def _beginning_of(mark: str, text: str) -> int:
    """How many characters at the end of `text` may be the beginning of `mark`."""
    return next((n for n in range(min(len(mark) - 1, len(text)), 0, -1) if mark.startswith(text[-n:])), 0)
