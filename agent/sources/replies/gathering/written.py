"""The arguments of one call, as fragment by fragment is written of them.

Servers put more into a fragment than what is new, and more behind the arguments than nothing: what of it is the
arguments is decided here. Whose call it is, is not.
"""

import json
import re

from agent.sources.replies.gathering.extent import Extent, only_repeats
from agent.text import well_formed

__all__ = ["Written"]

_FENCE = re.compile(r"\A\s*```(?:json)?\s*")
_JUNK = re.compile(r"(?:[\s\]}`]|<[^<>{}\"]{1,60}>)*")
"""What some parsers leave behind complete arguments: a bracket too many, marks of the model's format."""


class Written:
    """JSON text in pieces; what a fragment adds is known once it is told from what only repeats."""

    __slots__ = ("_extent", "_held", "_tells_all", "pieces")

    def __init__(self, *pieces: str) -> None:
        self.pieces = [*pieces]
        """Of the arguments, in order."""
        self._extent = Extent()
        self._held: list[str] = []
        """What came behind their end, or may be followed by the real ones: the same once more, or another call's."""
        self._tells_all = False
        """Whether every fragment tells all of them so far."""

    @property
    def text(self) -> str:
        """The arguments so far."""
        return "".join(self.pieces)

    @property
    def is_whole(self) -> bool:
        """Whether they are a whole JSON value; an empty object may still be followed by the real one."""
        return self._extent.is_whole

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was written."""
        return not (self.pieces or self._held)

    @property
    def shown(self) -> str:
        """The arguments so far; of those that are all held back still, these."""
        return self.text or "".join(self._held)

    def feed(self, text: str) -> list[str]:
        """Take in the text of a fragment; gives the further pieces that are known by it."""
        known = len(self.pieces)
        self._take(text)
        return self.pieces[known:]

    def end(self) -> list[str]:
        """No fragment follows; gives the last piece, of what was held back."""
        held = "".join(self._held)
        self._held.clear()
        is_more = not (self.pieces and (_JUNK.fullmatch(held) or only_repeats(held, self.text)))
        if not held.strip() or not is_more:
            return []
        self.pieces.append(held)
        return [held]

    def _take(self, text: str) -> None:
        text = self._new_part(text)
        if self.is_whole and not self.pieces and self._held == ["{}"] and text.lstrip().startswith("{"):
            self._held.clear()  # an empty object in front of the real one
            self._extent = Extent()
        if self.is_whole:
            self._held.append(text)
            return
        end = self._extent.feed(text)
        text, rest = text[:end], text[end:]
        if not self.pieces and (self._held or text.strip() == "{}" or text.lstrip().startswith('"')):
            self._held.append(text)  # what may be followed by the real ones, or holds them once more as a string
            text = self._inner() if self.is_whole else ""
        if text:
            self.pieces.append(text)
        if rest.strip():
            self._take(rest)

    def _new_part(self, text: str) -> str:
        """What of a fragment is new; most servers send nothing else.

        Some tell `null` before there are any arguments, or a mark of a block of code, and some tell all of them so far
        with every fragment. Where a value may stand an object that begins as its own outside is one within it.
        """
        if not self.pieces:
            return "" if not self._held and text.strip() == "null" else _FENCE.sub("", text, count=1)
        if self.is_whole or not text.startswith("{") or not text.startswith(before := self.text):
            return text
        if self._tells_all:
            goes_on = False
        elif self._extent.is_in_string:  # which the first quote would end, if it went on
            behind = text.partition('"')[2][:1]
            goes_on = not behind or behind in ":,}] \t\r\n"
        else:
            goes_on = before.rstrip().endswith((":", ",", "["))
        self._tells_all |= not goes_on
        return text if goes_on else text[len(before) :]

    def _inner(self) -> str:
        """The arguments inside a string that holds them; nothing where it holds none."""
        try:
            value = json.loads("".join(self._held), strict=False)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(value, str) or not value.lstrip().startswith("{"):
            return ""
        self._held.clear()
        return well_formed(value)
