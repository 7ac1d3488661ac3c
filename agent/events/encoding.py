"""What a source of text holds, as UTF-8, bit by bit: unpacked where it was gzipped, without its byte order mark.

It owns the first bytes of a source, which tell how the rest is written; lines and events it does not know.
"""

import codecs
import zlib
from io import BufferedIOBase, RawIOBase
from typing import Any

__all__ = ["HEAD", "MOST_UNPACKED", "Utf8", "is_plain"]

MOST_UNPACKED = 2**30
"""Bytes that a gzipped source may come to: a few hundred kB can hold a terabyte of blanks."""
HEAD = 4
"""Bytes that tell how a source is written."""
_GZIP = b"\x1f\x8b"
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte order marks and what they say; one that begins another stands behind it."""
_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed with bzip2",
    b"\xfd7zX": "packed with xz",
    b"(\xb5/\xfd": "packed with zstd",
}
"""What is not read, by how it begins."""


class Utf8:
    """Reads one source."""

    def __init__(self) -> None:
        self.problem: str | None = None
        """Why it cannot be read, or not to its end."""
        self.is_plain = True
        """Whether a place in what is read is the same place in the source."""
        self._head: bytes | None = b""
        """The first bytes, until they tell; then None."""
        self._unzip: Any = None
        self._packed = b""
        """What is not unpacked yet."""
        self._unpacked = 0
        self._is_gzip = self._is_over = False
        self._decoder: codecs.IncrementalDecoder | None = None

    def __getstate__(self) -> dict[str, Any]:
        """All but what unpacks, which knows no other process: who goes on there finds nothing more."""
        return {**vars(self), "_unzip": None}

    def read(self, file: RawIOBase | BufferedIOBase, size: int) -> tuple[bytes, int]:
        """The next of it, and how many bytes of the source that took; empty where there is nothing more for now.

        Raises:
            OSError: the source cannot be read.
        """
        taken = 0
        while not self._is_over:
            data, is_end = b"", False
            if not self._packed:
                data = (file.read1(size) if isinstance(file, BufferedIOBase) else file.read(size)) or b""
                taken, is_end = taken + len(data), not data
            found = self._take(data, size, is_end=is_end)
            if found or is_end:
                return found, taken
        return b"", taken

    def _take(self, data: bytes, size: int, *, is_end: bool) -> bytes:
        if self._head is not None:
            self._head += data
            if len(self._head) < HEAD and not is_end:
                return b""
            data, self._head = self._begun(self._head), None if self._head else b""
        if self._is_gzip:
            data = self._inflated(data, size, is_end=is_end)
        if self._decoder is not None:
            data = self._decoder.decode(data).encode("utf-8", "replace")
        return data

    def _begun(self, head: bytes) -> bytes:
        """Look at the first bytes; gives those that are text."""
        for beginning, name in _OTHERS.items():
            if head.startswith(beginning):
                self._end(f"it is {name}; unpack it first")
                return b""
        if head.startswith(_GZIP):
            self.is_plain, self._is_gzip = False, True
            self._unzip = zlib.decompressobj(wbits=31)
            return head
        mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
        encoding = _MARKS.get(mark) or _without_mark(head)
        self.is_plain = not mark and encoding == "utf-8"
        if encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        return head.removeprefix(mark)

    def _inflated(self, data: bytes, size: int, *, is_end: bool) -> bytes:
        """At most `size` bytes, unpacked; several packed files may stand one behind the other."""
        packed, self._packed = self._packed + data, b""
        if self._unzip is None:
            if packed:
                self._end("it has grown, and what was packed behind its end cannot be read")
            return b""
        if self._unzip.eof and packed:
            self._unzip = zlib.decompressobj(wbits=31)
        try:
            found: bytes = self._unzip.decompress(packed, size)
        except zlib.error:
            self._end("its packed data are damaged")
            return b""
        self._packed = self._unzip.unconsumed_tail or self._unzip.unused_data.lstrip(b"\0")
        if is_end and not found and not self._unzip.eof:
            self._end("its packed data are cut off")
        self._unpacked += len(found)
        if self._unpacked > MOST_UNPACKED:
            self._end(f"unpacked it is larger than {MOST_UNPACKED / 2**30:.0f} GB, and what follows is left out")
        return found

    def _end(self, problem: str) -> None:
        self.problem, self._is_over, self._packed = problem, True, b""


def _without_mark(head: bytes) -> str:
    """The encoding of a source without a byte order mark: JSON and server-sent events begin with ASCII."""
    head = head[:HEAD]
    if head[1::2] == b"\0\0" and head[::2].strip(b"\0").isascii() and head[0]:
        return "utf-16-le"
    if head[::2] == b"\0\0" and head[1::2].isascii() and head[1]:
        return "utf-16-be"
    return "utf-8"


def is_plain(head: bytes) -> bool:
    """Whether a source that begins so is text in UTF-8, to which more can be appended; `HEAD` bytes tell."""
    marks = [mark for mark, encoding in _MARKS.items() if encoding != "utf-8"]
    return not head.startswith((_GZIP, *marks, *_OTHERS)) and _without_mark(head) == "utf-8"
