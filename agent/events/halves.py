r"""Joins the two halves of a character that lie in two deltas of one text, in the lines that tell them.

JSON can spell half a character (`\ud83d`, `\ude00`), and who streams text in units of UTF-16 parts many a character
so: no line then says what was meant, and hardly a reader takes them. What was split belongs to the delta that completes
it; a half that another delta does not complete is U+FFFD, one that its text ends with is left out and told. It looks at
deltas alone, and leaves all other lines as they came.
"""

import json
import re
from typing import Any

import msgspec

from agent.text import all_well_formed

__all__ = ["Halves"]

_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
"""A first half without a second behind it, or the other way round; what is escaped once more looks like one too."""
_IDS = (("messageId", "message_id"), ("toolCallId", "tool_call_id"), ("subagentRunId", "subagent_run_id"))
_LOST = "half a character, whose other half never came"

_Place = tuple[str, ...]
"""Which text it is: what of, and its ids."""


class Halves:
    """Takes the events of one stream in order."""

    def __init__(self) -> None:
        self._waiting: dict[_Place, str] = {}
        """First halves, by the text that they are the end of so far."""

    @property
    def are_waiting(self) -> bool:
        """Whether an event that comes may have to complete one."""
        return bool(self._waiting)

    def join(self, raw: bytes) -> tuple[bytes, list[str]]:
        """The JSON of an event, with what it completes and without what another is to complete; and what is left out
        for good, in words."""
        if not self._waiting and not ((b"\\ud" in raw or b"\\uD" in raw) and _HALF.search(raw)):
            return raw, []  # nearly all lines, which a pattern would be slow to go through
        try:
            data = json.loads(raw, strict=False)
        except (ValueError, RecursionError):
            return raw, []
        if not isinstance(data, dict):
            return raw, []
        place, delta = _place_of(data), data.get("delta")
        if not isinstance(delta, str):
            return raw, self._ended(place)
        whole = self._waiting.pop(self._found(place), "") + delta
        if whole and "\ud800" <= whole[-1] < "\udc00":
            whole, self._waiting[place] = whole[:-1], whole[-1]
        if whole == delta:
            return raw, []
        return msgspec.json.encode(all_well_formed(data | {"delta": whole})), []

    def _found(self, place: _Place) -> _Place:
        """Where the half is that a delta at `place` goes on behind: a chunk may leave out whose it is."""
        if any(place[1:]):
            return place
        return next((other for other in reversed(self._waiting) if other[0] == place[0]), place)

    def _ended(self, place: _Place) -> list[str]:
        """What no delta can complete any more, as this event is none."""
        is_over = place[0] == "RUN"
        over = [other for other in self._waiting if is_over or other == place]
        for other in over:
            del self._waiting[other]
        return [_LOST] * bool(over)


def _place_of(data: dict[str, Any]) -> _Place:
    kind = str(data.get("type")).rpartition("_")[0]
    return kind, *(str(data.get(camel) or data.get(snake) or "") for camel, snake in _IDS)
