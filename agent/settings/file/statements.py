"""Where in a TOML text each key stands, which `tomllib` does not tell. Reads no value; knows no settings.

It takes any text: what is no TOML is a statement, too, that says nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Statement", "line_of", "statements"]

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_PATH})[ \t]*\]\]?")
_KEY = re.compile(rf"[ \t]*({_PATH})[ \t]*=")
_STRINGS = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|'
    + r"'''.*?'{3,5}|"
    + r'"""|"(?:\\.|[^"\\\n])*"|'
    + r"'''|'[^'\n]*'|#[^\n]*|[\[\]{}\n\"']",
    re.DOTALL,
)
"""All that matters for where a value ends: strings and comments as a whole, brackets, line ends."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A header, a key with its value, or a line that says nothing."""

    first: int
    """Its first line, from 1."""
    last: int
    path: tuple[str, ...] = ()
    """What it names, from the top of the file; empty where it names nothing."""
    is_header: bool = False
    is_unclosed: bool = False
    """Whether its value is a list, a table or a text that never ends."""


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text, from its beginning to its end."""
    table: tuple[str, ...] = ()
    start, line = 0, 1
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        path: tuple[str, ...] = ()
        is_unclosed = False
        header = _HEADER.match(text, start, end)
        if header is not None:
            path = table = _parts(header[1])
        elif key := _KEY.match(text, start, end):
            path = (*table, *_parts(key[1]))
            end, is_unclosed = _value_end(text, key.end())
        last = line + text.count("\n", start, end)
        yield Statement(line, last, path, is_header=header is not None, is_unclosed=is_unclosed)
        start, line = end + 1, last + 1


def line_of(text: str, path: Sequence[str], value: str = "") -> int | None:
    """The line where a key stands, or the table that it would stand in; from 1.

    `value` is a text within its value, whose line is given where it is found there.
    """
    wanted = tuple(path)
    found = list(statements(text))
    for length in range(len(wanted), 0, -1):
        for statement in found:
            if statement.path == wanted[:length] or (
                statement.is_header and statement.path[:length] == wanted[:length]
            ):
                if value and not statement.is_header:
                    lines = text.split("\n")[statement.first - 1 : statement.last]
                    return next((n for n, line in enumerate(lines, statement.first) if value in line), statement.first)
                return statement.first
    return None


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, path))


def _value_end(text: str, start: int) -> tuple[int, bool]:
    """Where the line ends on which a value does that begins at `start`, and whether it is never closed.

    Such a value is given its first line only: what comes behind it is still to be told.
    """
    depth = 0
    for piece in _STRINGS.finditer(text, start):
        match piece[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case "\n" if depth <= 0:
                return piece.start(), False
            case '"""' | "'''" | '"' | "'":
                depth = 1
                break
    end = text.find("\n", start) if depth > 0 else -1
    return len(text) if end < 0 else end, depth > 0
