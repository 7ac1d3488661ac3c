"""What the tools of a recording gave, for a branch in which they are called again with the same arguments.

A tool that was called several times with the same arguments answers in that order, those of the turn first; the
last answer is given again where there is no other. Pure.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.conversation.items import CallStatus, ToolCall

__all__ = ["Answer", "AnsweredBy", "RecordedAnswers"]

AnsweredBy = Literal["recording", "patch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call gave."""

    text: str
    failed: bool
    parts: tuple[dict[str, Any], ...]
    """The result part by part, as AG-UI has them, where one is no text."""
    by: AnsweredBy


class RecordedAnswers:
    """The answers of a recording; each is given once, but for the last of its kind. Read when they are first wanted."""

    def __init__(self, calls: Iterable[ToolCall], patched: Mapping[str, str]) -> None:
        """`calls` are those of the recording, those of the turn first; `patched` are results that are given in the
        place of recorded ones, by the ids of its calls."""
        self._calls = calls
        self._patched = patched
        self._by_call: dict[str, Answer] = {}
        self._by_tool: dict[str, list[tuple[str, Answer]]] | None = None
        """Of each tool the arguments as they were written, and what came of them."""
        self._by_words: dict[str, dict[str, list[Answer]]] = {}
        """Of each tool that was looked for the answers by its arguments."""

    def of_call(self, call_id: str, name: str, arguments: dict[str, Any]) -> Answer | None:
        """The answer of that very call of the recording, whose arguments may be others now."""
        same = self._same(name, arguments)
        answer = self._by_call.get(call_id)
        if answer is None or answer.by == "patch":
            return answer
        if answer not in same:
            return self.take(name, arguments)
        if len(same) > 1:
            same.remove(answer)
        return answer

    def take(self, name: str, arguments: dict[str, Any]) -> Answer | None:
        """The next answer of a tool to these arguments; None where there is none."""
        same = self._same(name, arguments)
        return same.pop(0) if len(same) > 1 else same[0] if same else None

    def _same(self, name: str, arguments: dict[str, Any]) -> list[Answer]:
        """What a tool gave to these arguments, and was not given again yet."""
        if name not in self._by_words:
            found: dict[str, list[Answer]] = {}
            for text, answer in self._all().get(name, ()):
                if (read := _read(text)) is not None:
                    found.setdefault(_canonical(read), []).append(answer)
            self._by_words[name] = found
        return self._by_words[name].setdefault(_canonical(arguments), [])

    def _all(self) -> dict[str, list[tuple[str, Answer]]]:
        if self._by_tool is None:
            self._by_tool = {}
            for call in self._calls:
                is_first = call.wire_id not in self._by_call
                if (answer := _answer(call, self._patched.get(call.wire_id) if is_first else None)) is not None:
                    self._by_call.setdefault(call.wire_id, answer)
                    self._by_tool.setdefault(call.name, []).append((call.fragments.text, answer))
        return self._by_tool


def _answer(call: ToolCall, patched: str | None) -> Answer | None:
    """What a call gave; None where its tool gave nothing of its own: it was not let run, or has no result."""
    if patched is not None:
        return Answer(text=patched, failed=False, parts=(), by="patch")
    is_refused = call.decision is not None and not call.decision.allows
    if call.result is None or is_refused or call.status not in (CallStatus.DONE, CallStatus.FAILED):
        return None
    parts = tuple(part for part in call.parts if isinstance(part, dict))
    return Answer(text=call.result, failed=call.status is CallStatus.FAILED, parts=parts, by="recording")


def _read(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text or "{}", strict=False)
        value = json.loads(value, strict=False) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _canonical(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, default=str)
