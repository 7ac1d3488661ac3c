"""Tells the thoughts that a model writes at the head of its text from the text behind them.

Models that reason write their thoughts between marks, and a server without a parser for them sends both as content:
`<think>` (DeepSeek, Qwen), `<thought>` (Gemma), `[THINK]` (Magistral), `◁think▷` (Kimi), `<seed:think>` (Seed-OSS),
`<|START_THINKING|>` (Command A), the analysis channel of gpt-oss (https://cookbook.openai.com/articles/openai-harmony).
Marks count only at the head: further down they are what the text is about. Where the prompt's template has written the
opening mark, only the closing one comes: what came before it was a thought, which is known when it has been told.
"""

import re
from typing import Literal, NamedTuple

__all__ = ["Part", "ThoughtSplitter"]

Part = tuple[Literal["reasoning", "text", "unmarked"], str]
"""`unmarked`: all text so far was a thought without an opening mark."""


class _Mark(NamedTuple):
    """How thoughts are marked."""

    opening: str
    closing: str
    answer: str = ""
    """What then stands in front of the text."""


_MARKS = (
    _Mark("<think>", "</think>"),
    _Mark("<thinking>", "</thinking>"),
    _Mark("<thought>", "</thought>"),
    _Mark("<reasoning>", "</reasoning>"),
    _Mark("<seed:think>", "</seed:think>"),
    _Mark("[THINK]", "[/THINK]"),
    _Mark("◁think▷", "◁/think▷"),
    _Mark("<|begin_of_thought|>", "<|end_of_thought|>", "<|begin_of_solution|>"),
    _Mark("<|START_THINKING|>", "<|END_THINKING|>", "<|START_RESPONSE|>"),
    _Mark("<|channel|>analysis<|message|>", "<|end|>", "<|start|>assistant<|channel|>final<|message|>"),
)
_LONE = [mark for mark in _MARKS if mark.closing != "<|end|>"]
_CLOSINGS = {mark.closing: mark for mark in _LONE}
_WORDS = [*_CLOSINGS, *(mark.opening for mark in _LONE)]
_WORD = re.compile("|".join(map(re.escape, _WORDS)))
_FIRST_SIGN = re.compile("[" + re.escape("".join({word[0] for word in _WORDS})) + "]")
_QUOTES = ("'", '"', "“", "”", "‘", "’")


class ThoughtSplitter:
    """Feed it the fragments of a reply's text; it holds back no more than what may become a mark."""

    def __init__(self) -> None:
        self._place: Literal["head", "thought", "behind", "open", "text"] = "head"
        """`open` is text that a closing mark would make a thought."""
        self._held = ""
        self._mark = _MARKS[0]
        self._is_first = True
        """Whether no thought has been told: blank lines at its beginning are no part of it."""
        self._last = ""
        """The last character of the text that is open."""
        self._is_code = False
        """Whether a code span or a block of code is open in it."""

    def feed(self, text: str) -> list[Part]:
        """The parts of this fragment."""
        if self._place == "text":
            return [("text", text)] if text else []
        self._held += text
        parts: list[Part] = []
        if self._place == "head":
            self._read_head()
        if self._place == "open":
            parts += self._open_text()
        if self._place == "thought":
            parts += self._thought()
        if self._place == "behind":
            parts += self._read_behind()
        return parts

    def end(self) -> list[Part]:
        """What was held back."""
        held, self._held = self._held, ""
        if not held:
            return []
        return [("reasoning" if self._place == "thought" else "text", held)]

    def _read_head(self) -> None:
        start = self._held.lstrip()
        if (mark := next((mark for mark in _MARKS if start.startswith(mark.opening)), None)) is not None:
            self._place, self._mark, self._held = "thought", mark, start.removeprefix(mark.opening)
        elif start and not any(mark.opening.startswith(start) for mark in _MARKS):
            self._place = "open"

    def _thought(self) -> list[Part]:
        if self._is_first:
            self._held = self._held.lstrip()
        thought, mark, rest = self._held.partition(self._mark.closing)
        if mark:
            self._place, self._held = "behind", rest
        else:
            kept = _beginning_of(self._mark.closing, thought)
            thought, self._held = thought[: len(thought) - kept], thought[len(thought) - kept :]
        self._is_first = self._is_first and not thought
        return [("reasoning", thought)] if thought else []

    def _read_behind(self) -> list[Part]:
        self._held = self._held.lstrip()
        if (answer := self._mark.answer) and answer.startswith(self._held[: len(answer)]):
            if len(self._held) < len(answer):
                return []
            self._held = self._held.removeprefix(answer).lstrip()
            self._mark = self._mark._replace(answer="")
        if not self._held:
            return []
        self._place = "text"
        return self.end()

    def _open_text(self) -> list[Part]:
        """Text without a mark at its head, up to a closing one that is neither quoted nor in code.

        Behind an opening one it is about marks, and no closing one ends a thought.
        """
        start = 0
        while (found := _WORD.search(self._held, start)) is not None:
            if found[0] not in _CLOSINGS:
                self._place = "text"
                return self.end()
            before, after = self._held[: found.start()], self._held[found.end() :]
            is_quoted = (self._last + before).endswith(_QUOTES)
            if is_quoted and not after:
                self._held = before[-1:] + found[0]
                return self._say(before[:-1])
            if not self._is_in_code(before) and not (is_quoted and after.startswith(_QUOTES)):
                self._place, self._mark, self._held = "behind", _CLOSINGS[found[0]], after
                return [*self._say(before), ("unmarked", "")]
            start = found.end()
        kept = 0
        if _FIRST_SIGN.search(self._held, start):
            kept = max(_beginning_of(word, self._held[start:]) for word in _WORDS)
        text, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        return self._say(text)

    def _is_in_code(self, text: str) -> bool:
        return self._is_code != bool(text.count("`") % 2)

    def _say(self, text: str) -> list[Part]:
        if not text:
            return []
        self._is_code, self._last = self._is_in_code(text), text[-1]
        return [("text", text)]


def _beginning_of(mark: str, text: str) -> int:
    """How many characters at the end of `text` may be the beginning of `mark`."""
    return next((n for n in range(min(len(mark) - 1, len(text)), 0, -1) if mark.startswith(text[-n:])), 0)
