"""Decodes one string field of a JSON object while the object is still being written.

The cost of a fragment is proportional to the fragment, however long the answer has become. It reads nothing but that
field, judges nothing, and never fails: text that is no JSON object gives nothing.
"""

from typing import Literal

__all__ = ["StringFieldDecoder"]

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SPACE = " \t\r\n"
_Place = Literal["start", "before_key", "key", "colon", "value", "wanted", "string", "other", "done"]


class StringFieldDecoder:
    """Feed it the fragments of an object; it gives the decoded text of one top-level string field as it grows."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._place: _Place = "start"
        self._key: list[str] = []
        self._depth = 0
        """How many brackets are open inside a value that is not wanted."""
        self._escape: str | None = None
        """An escape sequence that has begun, without its backslash; None outside of one."""
        self._high = ""
        """The first half of a surrogate pair that waits for its second."""
        self._quote = self._backslash = -1
        """Where the next ones of the current fragment are, or its length; not known where they lie behind."""

    def feed(self, fragment: str) -> str:
        """The text that this fragment adds to the field; often empty."""
        out: list[str] = []
        i = 0
        self._quote = self._backslash = -1
        while i < len(fragment) and self._place != "done":
            if self._place in ("wanted", "key", "string") and self._escape is None:
                i = self._read_plain(fragment, i, out)
            else:
                self._read_char(fragment[i], out)
                i += 1
        return "".join(out)

    def _read_plain(self, fragment: str, i: int, out: list[str]) -> int:
        """Read up to the next quote or backslash of the string that is open, and that character."""
        # Each is looked for again only once it is passed: a text of many escapes and one quote is not read once per
        # escape.
        if self._quote < i:
            self._quote = _find(fragment, '"', i)
        if self._backslash < i:
            self._backslash = _find(fragment, "\\", i)
        end = min(self._quote, self._backslash)
        if end > i:
            self._keep(fragment[i:end], out)
        if end == len(fragment):
            return end
        if fragment[end] == "\\":
            self._escape = ""
        else:
            self._string_ended(out)
        return end + 1

    def _keep(self, text: str, out: list[str]) -> None:
        if self._place == "wanted":
            if self._high:
                out.append("\ufffd")
                self._high = ""
            out.append(text)
        elif self._place == "key":
            self._key.append(text)

    def _string_ended(self, out: list[str]) -> None:
        if self._place == "wanted":
            if self._high:
                out.append("\ufffd")
            self._place = "done"
        elif self._place == "key":
            self._place = "colon"
        elif self._depth:
            self._place = "other"
        else:
            self._place = "before_key"

    def _read_char(self, char: str, out: list[str]) -> None:
        if self._escape is not None:
            self._read_escape(char, out)
        elif self._place == "other":
            self._read_other(char)
        elif char in _SPACE or (char == "," and self._place == "before_key"):
            pass
        elif self._place == "start":
            self._place = "before_key" if char == "{" else "done"
        elif self._place == "before_key":
            self._key.clear()
            self._place = "key" if char == '"' else "done"
        elif self._place == "colon":
            self._place = "value" if char == ":" else "done"
        elif self._place == "value":
            self._value_begun(char)

    def _value_begun(self, char: str) -> None:
        if char == '"':
            self._place = "wanted" if "".join(self._key) == self._field else "string"
        else:
            self._place = "other"
            self._read_other(char)

    def _read_other(self, char: str) -> None:
        """Skip a value that is not wanted: a number, a word, an array or an object."""
        if char == '"':
            self._place = "string"
        elif char in "[{":
            self._depth += 1
        elif char in "]}":
            self._depth -= 1
            if self._depth < 0:
                self._place = "done"
            elif self._depth == 0:
                self._place = "before_key"
        elif char == "," and self._depth == 0:
            self._place = "before_key"

    def _read_escape(self, char: str, out: list[str]) -> None:
        assert self._escape is not None  # noqa: S101 - the caller looked
        self._escape += char
        if self._escape[0] != "u":
            self._escape = None
            self._keep(_ESCAPES.get(char, "\ufffd"), out)
        elif len(self._escape) == 5:
            digits, self._escape = self._escape[1:], None
            try:
                self._code_unit(int(digits, 16), out)
            except ValueError:
                self._keep("\ufffd", out)

    def _code_unit(self, code: int, out: list[str]) -> None:
        r"""Take one `\uXXXX`; halves of a surrogate pair become one character, a lone half U+FFFD."""
        if 0xDC00 <= code < 0xE000 and self._high:
            code = 0x10000 + ((ord(self._high) - 0xD800) << 10) + (code - 0xDC00)
            self._high = ""
            self._keep(chr(code), out)
        elif 0xD800 <= code < 0xDC00 and self._place == "wanted":
            if self._high:
                out.append("\ufffd")
            self._high = chr(code)
        elif 0xD800 <= code < 0xE000:
            self._keep("\ufffd", out)
        else:
            self._keep(chr(code), out)


def _find(fragment: str, char: str, start: int) -> int:
    """Where `char` is next; the length of the fragment where it is not."""
    found = fragment.find(char, start)
    return len(fragment) if found < 0 else found
