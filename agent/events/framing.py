"""How events lie in a stream of text, whatever wrote it: one to a line, in an array, one behind the other,
pretty-printed, as server-sent events, behind the headers of a response.

All of these are one grammar: objects, and between them what only parts them; so that a file may change from one to the
other, and nothing need be known of its end to read its beginning. What is no event is given as a problem, by its line.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from agent.errors import EventDecodeError
from agent.events.halves import Halves
from agent.events.sse import ServerSentEvent, SseDecoder
from agent.events.types import Event, Unknown
from agent.events.wire import LONGEST_LINE, decode_held, decode_told

__all__ = ["CUT_OFF", "Framing", "Line"]

CUT_OFF = "it is cut off where the stream ends"
"""The problem of a last object that has no end."""
_FIELDS = 3
"""Fields that a record of another program has at least, which tells it from a part of one."""
_SHOWN = 1_024
"""Bytes that are kept of what is no event."""

_BETWEEN = re.compile(rb"[\s,\]\x1e]*(?:\[(?!DONE\])[\s,\]\x1e]*)*")
"""What may stand between two objects: blanks, the signs of an array, and the one of RFC 7464."""
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FIELD = re.compile(rb"(?:data|event|id|retry)(?::|(?=[\r\n]|\Z))|:")
"""How a line of a server's event stream begins."""
_HEADERS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})\b ?(.*)")
_OUTSIDE = re.compile(rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"|["{}\[\]\r\n]')
"""A whole text, or a sign that means something outside of one."""
_INSIDE = re.compile(rb'["\r\n]|\\.?', re.DOTALL)
_DEEPEST = 1_000
"""How deep an object may be nested: no reader of JSON here goes deeper."""
_TOO_LONG = f"longer than {LONGEST_LINE // 2**20} MB"
_DONE = (b"[DONE]", b"DONE]")
"""What a server says at its end; without the sign that may begin an array, where it stands alone."""
_OPEN = ord("{")
_WAITED = 2**20
"""Bytes of an object for whose end of line is waited; a longer one is gone through sign by sign as it comes."""


Decoder = Callable[[bytes], tuple[Event, list[str]]]


class Line(NamedTuple):
    """One event of a stream, or what stands in the place of one."""

    number: int
    """The line in which it begins, from 1."""
    raw: bytes
    """The JSON as it came, on one line, but for characters that were split; the beginning of what is no event."""
    event: Event | None
    """None where it is no event."""
    end: int
    """Where what is behind it begins, in bytes of the text from where reading began."""
    problem: str | None = None
    """Why it is no event."""
    left_out: tuple[str, ...] = ()
    """What of the event could not be understood, in words."""


class Framing:
    """Takes a stream in pieces and gives its events in order. How it is cut makes no difference.

    One thing: a machine whose states are the framings. Each step leads to another, and all move the same place.
    """

    def __init__(self, decode: Decoder = decode_told) -> None:
        self.decode = decode
        """Makes an event of an object; raises `EventDecodeError`."""
        self._text = bytearray()
        """What has come and is not gone through yet."""
        self._at = 0
        """How far that is gone through."""
        self._before = 0
        """Bytes of the stream before it."""
        self._number = 1
        """The line that is begun there."""
        self._depth = 0
        """How deep the object is nested that is open, which begins there; 0 where none is."""
        self._scanned = 0
        """How far the object, or the line, that begins there is gone through."""
        self._in_string = self._is_indented = False
        self._whole = 0
        """Up to where the line is known not to be one object."""
        self._in_headers = self._is_skipping = False
        self._after_cr = False
        """Whether a line feed that comes next belongs to the line end that was the last to be gone through."""
        self._sse: SseDecoder | None = None
        """While fields of an event have come and its end has not."""
        self._sse_number = 0
        self._halves = Halves()
        self._refused = 0
        """The last line that is no event."""
        self._found: list[Line] = []

    @property
    def is_at_rest(self) -> bool:
        """Whether what comes next begins a line that has nothing to do with what was before."""
        is_amid = self._text or self._in_headers or self._is_skipping or self._halves.are_waiting
        return not is_amid and self._sse is None

    @property
    def position(self) -> int:
        """Where what was not given yet begins, in bytes of the stream."""
        return self._before + self._at

    @property
    def number(self) -> int:
        """The line there, from 1."""
        return self._number

    def pass_over(self, length: int, lines: int) -> None:
        """Note that so many bytes, which are so many lines, were read elsewhere; only at rest."""
        self._before += length
        self._number += lines

    def take(self, data: bytes | bytearray, *, is_last: bool) -> list[Line]:
        """What `data` completes; of a stream that has ended, also what is left."""
        if self._after_cr and data[:1] == b"\n":
            data, self._before = data[1:], self._before + 1
        self._after_cr = self._after_cr and not data
        self._text += data
        while self._step(is_last=is_last):
            pass
        if is_last:
            self._finish()
        del self._text[: self._at]
        self._before, self._scanned, self._whole = self._before + self._at, self._scanned - self._at, 0
        self._at = 0
        found, self._found = self._found, []
        return found

    def _step(self, *, is_last: bool) -> bool:
        """Go on by one object or one line; gives whether there may be another."""
        if self._depth:
            return self._scan(is_last=is_last)
        if self._is_skipping:
            return self._skip()
        if self._sse is None and not self._in_headers:
            self._advance(_end_of(_BETWEEN, self._text, self._at))
        if self._at >= len(self._text):
            return False
        if self._text[self._at] == _OPEN and self._sse is None and not self._in_headers:
            return self._object(is_last=is_last)
        return self._line(is_last=is_last)

    # Lines that are no object

    def _line(self, *, is_last: bool) -> bool:
        end = self._line_end(self._scanned)
        if end is None and not is_last:
            self._scanned = len(self._text)
            if len(self._text) - self._at > LONGEST_LINE:
                self._pass_by(_TOO_LONG)
                return True
            return False
        start, number = self._at, self._number
        stop, following = end or (len(self._text), len(self._text))
        line = bytes(self._text[start:stop])
        self._advance(following)
        if self._in_headers:
            self._in_headers = bool(line)
        elif (headers := _HEADERS.match(line)) is not None:
            self._in_headers = True
            if not headers[1].startswith((b"1", b"2", b"3")):
                self._refuse(
                    number,
                    line,
                    f"the server answered {(headers[1] + b' ' + headers[2]).decode(errors='replace').strip()}",
                )
        elif self._sse is not None or _FIELD.match(line):
            self._field(number, line)
        elif line.strip() not in (b"", *_DONE):
            self._decide(number, line.strip())
        return True

    def _field(self, number: int, line: bytes) -> None:
        """A line of a server's event stream."""
        if line and not _FIELD.match(line):  # it is none, and no blank line stands before it
            self._dispatch(self._sse.end() if self._sse is not None else None)
            self._decide(number, line.strip())
            return
        if self._sse is None:
            self._sse, self._sse_number = SseDecoder(), number
        events = self._sse.feed(line + b"\n")
        if not line:
            self._dispatch(events[0] if events else None)

    def _dispatch(self, event: ServerSentEvent | None) -> None:
        self._sse = None
        if event is None or not event.data.strip() or event.data.strip() == "[DONE]":
            return
        lines = event.data.encode().split(b"\n")
        whole = b" ".join(lines)
        if b'"type"' not in whole and (named := _named(whole, event.event)) is not None:
            self._give(self._sse_number, named, *self.decode(named))
            return
        try:
            self._give(self._sse_number, whole, *self.decode(whole))
            return
        except EventDecodeError as error:
            problem = str(error)
        if (named := _named(whole, event.event)) is not None:
            self._give(self._sse_number, named, *self.decode(named))
        elif len(lines) > 1 and all(line.startswith(b"{") for line in lines):  # a sender without blank lines
            for number, line in enumerate(lines, start=self._sse_number):
                self._decide(number, line)
        else:
            self._open(self._sse_number, whole, problem)

    # Objects

    def _object(self, *, is_last: bool) -> bool:
        """An object begins. Mostly it is a line, or all of one but a comma."""
        if self._at >= self._whole:
            end = self._line_end(self._scanned)
            if end is None and not is_last and len(self._text) - self._at < _WAITED:
                self._scanned = len(self._text)
                return False
            self._whole, following = end or (len(self._text), len(self._text))
            line = bytes(self._text[self._at : self._whole]).rstrip(b" \t,]")
            if (end or is_last) and line.endswith(b"}"):
                try:
                    event, left_out = self.decode(line)
                except EventDecodeError:
                    pass
                else:
                    number = self._number
                    self._advance(following)
                    self._give(number, line, event, left_out)
                    return True
        self._depth, self._scanned, self._in_string, self._is_indented = 1, self._at + 1, False, False
        return True

    def _scan(self, *, is_last: bool) -> bool:
        """Go on to the end of the object that is open."""
        while 0 < self._depth <= _DEEPEST and (found := self._sign()) is not None:
            place, sign = found.start(), found[0]
            if sign in b"\r\n":
                is_torn = self._is_torn(place, is_last=is_last)
                if is_torn is None:
                    break
                if is_torn:
                    self._give_up(place)
                    return True
            elif sign == b'"':
                self._in_string = not self._in_string
            elif len(sign) == 1:
                self._depth += 1 if sign in b"{[" else -1
            self._scanned = found.end()
        if not self._depth:
            self._close()
        elif self._depth > _DEEPEST:
            self._pass_by("nested too deep")
        elif len(self._text) - self._at > LONGEST_LINE:
            self._pass_by(_TOO_LONG)
        else:
            return False
        return True

    def _sign(self) -> re.Match[bytes] | None:
        """The next sign that means something in the object that is open; None where more must come to tell."""
        signs = _INSIDE if self._in_string else _OUTSIDE
        while (found := signs.search(self._text, self._scanned)) is not None and found[0].startswith(b"\\"):
            if len(found[0]) == 1:  # what it escapes is still to come
                self._scanned = found.start()
                return None
            self._scanned = found.end()
        if found is None:
            self._scanned = len(self._text)
        return found

    def _is_torn(self, place: int, *, is_last: bool) -> bool | None:
        """Whether the object that is open was never ended, as the line that begins behind `place` shows; None where
        more must come to tell."""
        if self._in_string:
            return True  # JSON has no line ends in texts
        start = place + (2 if self._text.startswith(b"\r\n", place) else 1)
        if start >= len(self._text):
            return False if is_last else None
        if self._text[start] in b" \t":
            self._is_indented = True
        if self._text[start] != _OPEN:
            return _FIELD.match(self._text, start) is not None
        if self._is_indented:
            return True
        end = self._line_end(start)
        if end is None and not is_last:
            return None
        try:
            event, _ = self.decode(bytes(self._text[start : end[0] if end else len(self._text)]))
        except EventDecodeError:
            return False
        # Any object could be a part of the one that is open; of other programs' records those of a few fields.
        return not isinstance(event, Unknown) or (self.decode is not decode_told and len(event.data) >= _FIELDS)

    def _close(self) -> None:
        """The object that is open has ended."""
        raw = bytes(self._text[self._at : self._scanned])
        number = self._number
        self._advance(self._scanned)
        self._decide(number, _LINE_END.sub(b" ", raw) if b"\n" in raw or b"\r" in raw else raw)

    def _give_up(self, place: int) -> None:
        """The object that is open has no end before the line end at `place`."""
        number, raw = self._number, bytes(self._text[self._at : min(place, self._at + _SHOWN)])
        self._depth = 0
        self._advance(place)
        self._refuse(number, raw, "not JSON")

    def _pass_by(self, problem: str) -> None:
        """What is begun cannot be kept; the rest of the line is passed over."""
        number, raw = self._number, bytes(self._text[self._at : self._at + _SHOWN])
        self._depth = 0
        self._advance(self._scanned)
        self._is_skipping = True
        self._refuse(number, raw, problem)

    def _skip(self) -> bool:
        """Pass over the rest of a line."""
        end = self._line_end(self._at)
        self._is_skipping = end is None
        self._advance(end[1] if end else len(self._text))
        return end is not None

    def _finish(self) -> None:
        """The stream has ended."""
        if self._depth:
            number, raw = self._number, bytes(self._text[self._at : self._at + _SHOWN])
            self._depth = 0
            self._advance(len(self._text))
            self._refuse(number, raw, CUT_OFF)
        if self._sse is not None:
            self._dispatch(self._sse.end())

    def _line_end(self, start: int) -> tuple[int, int] | None:
        """Where the line that `start` lies in ends, and where the next begins; None where that has not come."""
        feed = self._text.find(b"\n", start)
        carriage = self._text.find(b"\r", start, len(self._text) if feed < 0 else feed)
        if carriage >= 0:
            return carriage, carriage + (2 if feed == carriage + 1 else 1)
        return (feed, feed + 1) if feed >= 0 else None

    # What is given

    def _advance(self, to: int) -> None:
        """All up to `to` is gone through."""
        passed = self._text[self._at : to]
        self._number += passed.count(b"\n") + (passed.count(b"\r") - passed.count(b"\r\n") if b"\r" in passed else 0)
        self._at, self._scanned = to, max(to, self._scanned)
        if to == len(self._text) and passed:
            self._after_cr = passed.endswith(b"\r")

    def _decide(self, number: int, raw: bytes) -> None:
        try:
            self._give(number, raw, *self.decode(raw))
        except EventDecodeError as error:
            self._open(number, raw, str(error))

    def _open(self, number: int, raw: bytes, problem: str) -> None:
        """What is no event: give the events that it holds, or refuse it."""
        inner = decode_held(raw) if self.decode is decode_told else []
        for line, event, left_out in inner:
            self._give(number, line, event, left_out)
        if not inner:
            self._refuse(number, raw, problem)

    def _give(self, number: int, raw: bytes, event: Event, left_out: list[str]) -> None:
        joined, lost = self._halves.join(raw)
        if joined is not raw:
            event, left_out = self.decode(joined)
        self._found.append(Line(number, joined, event, self.position, None, (*left_out, *lost)))

    def _refuse(self, number: int, raw: bytes, problem: str) -> None:
        if number == self._refused:  # one problem a line
            return
        self._refused = number
        self._found.append(Line(number, raw[:_SHOWN], None, self.position, problem))


def _end_of(pattern: re.Pattern[bytes], text: bytearray, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _named(data: bytes, name: str) -> bytes | None:
    """The JSON of an event whose type is the server-sent event's own, or which tells that the server failed; None where
    that is none either."""
    kind = "RUN_ERROR" if name == "error" else name
    if not data.startswith(b"{") or name == "message":
        return None
    raw = b'{"type":' + msgspec.json.encode(kind) + (b"," if data[1:].strip() != b"}" else b"") + data[1:]
    try:
        event, _ = decode_told(raw)
    except EventDecodeError:
        return None
    return None if isinstance(event, Unknown) else raw
