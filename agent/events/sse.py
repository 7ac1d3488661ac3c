"""Server-sent events out of bytes, in whatever pieces these come: the one decoder of the program.

It follows WHATWG HTML, section 9.2.6, "Interpreting an event stream"
(https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation). It does no I/O, never
fails, and knows nothing of what the data are: a byte that is no UTF-8 becomes U+FFFD, a line that means nothing is
passed over.
"""

import re
from typing import NamedTuple

__all__ = ["ServerSentEvent", "SseDecoder"]

_BOM = b"\xef\xbb\xbf"
_MOST_STRAYS = 100
_LINE_END = re.compile(rb"\r\n|\n|\r")


class ServerSentEvent(NamedTuple):
    """One event of a stream."""

    event: str
    """Its type; `message` where the stream names none."""
    data: str
    """Its `data` lines, joined by line feeds; empty where there is one and it is bare."""
    id: str = ""
    """The last id that the stream has told, here or before."""
    retry: int | None = None
    """Milliseconds to wait before a reconnection, where the stream has told so since the event before."""


class SseDecoder:
    """Feed it bytes; it gives the events that these complete. How the bytes are cut makes no difference.

    Lines end with CR, LF or both. A line feed that may still belong to a carriage return at the end of the bytes is
    not waited for, so no event comes later than its last byte.
    """

    def __init__(self) -> None:
        self._open: list[bytes] = []
        """The pieces of a line that has not ended."""
        self._at_start = True
        self._after_cr = False
        """Whether the bytes so far end with a carriage return: a line feed that follows belongs to it."""
        self._event = ""
        self._data: list[str] = []
        self._id = ""
        self._retry: int | None = None
        self._strays: list[str] = []

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """The events that `data` completes, in order."""
        if self._at_start and (data := self._without_bom(data)) == b"":
            return []
        if not data:
            return []
        after_cr, self._after_cr = self._after_cr, data.endswith(b"\r")
        if after_cr and data.startswith(b"\n"):
            data = data[1:]
        lines = _LINE_END.split(data) if b"\r" in data else data.split(b"\n")
        events: list[ServerSentEvent] = []
        for line in lines[:-1]:
            if self._open:
                line = b"".join((*self._open, line))
                self._open.clear()
            if line:
                self._read(line)
            elif (event := self._dispatched()) is not None:
                events.append(event)
        if lines[-1]:
            self._open.append(lines[-1])
        return events

    def take_strays(self) -> list[str]:
        """The lines since the last call that belong to no field: WHATWG passes them over, and so does `feed`. A caller
        may know what a server meant by one."""
        strays, self._strays = self._strays, []
        return strays

    def end(self) -> ServerSentEvent | None:
        """The event that the end of the stream leaves unfinished, which WHATWG discards; what to do with it is for
        the caller to say."""
        if self._open:
            self._read(b"".join(self._open))
            self._open.clear()
        return self._dispatched()

    def _without_bom(self, data: bytes) -> bytes:
        """`data` without a byte order mark at the head of the stream; nothing while that may still become one."""
        head = b"".join((*self._open, data))
        self._open.clear()
        if len(head) < len(_BOM) and _BOM.startswith(head):
            if head:
                self._open.append(head)
            return b""
        self._at_start = False
        return head.removeprefix(_BOM)

    def _read(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        name, colon, value = text.partition(":")
        if not name and colon:
            return  # a comment
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self._retry = int(value[:18])
            case "id" | "retry":
                pass
            case _ if len(self._strays) < _MOST_STRAYS:
                self._strays.append(text)

    def _dispatched(self) -> ServerSentEvent | None:
        """The event that an empty line ends; None where it has no data."""
        event = None
        if self._data:
            event = ServerSentEvent(self._event or "message", "\n".join(self._data), self._id, self._retry)
            self._data.clear()
            self._retry = None
        self._event = ""
        return event
