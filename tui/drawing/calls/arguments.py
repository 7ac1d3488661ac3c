"""The arguments of a tool call while they are written: what they say so far, and where the next letter will go.

jiter tells the value of unfinished JSON, but leaves out what it cannot be sure of: a key without a value, `12.`, `tr`.
A small scanner that reads each letter about once tells where the text stands, so those show too and nothing that was
shown goes away. Knows no widget and no tool call.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["ArgumentsReader", "Parsed", "Path", "Writing", "as_json", "parse_whole"]

Path = tuple[str | int, ...]
"""Keys and indexes from the outermost value inwards."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The leaf that is being written; it stands in the value where its text will end up."""

    text: str
    kind: Literal["key", "scalar", "string"]
    """A `key` stands as the last key of its object. A `scalar` is JSON text, a `string` is already decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Arguments, whole or unfinished."""

    value: Any = None
    """Objects, lists and leaves; floats keep the text they were written in."""
    open_path: Path | None = None
    """The innermost object or list that is not closed; None where nothing is."""
    raw: str | None = None
    """The text itself, where it is no JSON; then `value` says nothing."""
    is_empty: bool = False
    """Nothing is written."""


_JSON_LINE = 60
"""Characters of a JSON value that may stand on one line."""


def parse_whole(text: str) -> Parsed:
    """The arguments of a call that is complete."""
    if not text.strip():
        return Parsed(is_empty=True)
    try:
        return Parsed(value=_from_json(text, partial=False))
    except ValueError:
        return Parsed(raw=text)


def as_json(value: Any, indent: str = "") -> str:
    """A complete value as JSON; what is short stands on one line, the rest is indented."""
    line = json.dumps(value, ensure_ascii=False, default=float)
    if len(indent) + len(line) <= _JSON_LINE or not isinstance(value, dict | list):
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {as_json(child, deeper)}" for key, child in value.items()]
        return "{\n" + ",\n".join(deeper + item for item in items) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + as_json(child, deeper) for child in value) + f"\n{indent}]"


def _from_json(text: str, *, partial: bool) -> Any:
    # Not at the top: only a session with tool calls needs it, and start-up is measured.
    import jiter

    data = text.encode("utf-8", "replace")
    return jiter.from_json(data, partial_mode="trailing-strings" if partial else False, float_mode="lossless-float")


_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[{}\[\],:])|"(?P<string>[^"\\]*(?:\\.[^"\\]*)*)(?P<close>"?)|(?P<scalar>[^\s{}\[\],:"]+))""",
    re.DOTALL,
)


@dataclass(slots=True)
class _Container:
    """An object or list that is not closed yet, and the place in it that is written now."""

    is_object: bool
    place: str | int


class ArgumentsReader:
    """Reads the growing text of one call's arguments."""

    def __init__(self) -> None:
        self._position = 0
        """Where the first token starts that may still grow."""
        self._open: list[_Container] = []
        self._expects: Literal["key", "colon", "value", "comma"] = "value"

    def read(self, text: str) -> Parsed:
        """What `text` says so far; it must begin with all that was read before."""
        growing = self._scan(text)
        if not text.strip():
            return Parsed(is_empty=True)
        leaf = self._leaf(growing)
        path = tuple(container.place for container in self._open)
        try:
            value = _from_json(text, partial=True)
        except ValueError:
            if self._open or leaf is None:
                return Parsed(raw=text, open_path=())
            value = None
        if leaf is not None:
            value = _placed(value, path, leaf)
        is_open = leaf is not None or bool(path)
        return Parsed(value=value, open_path=path[:-1] if is_open else None)

    def _scan(self, text: str) -> "re.Match[str] | None":
        """Take in all tokens that are complete; gives the last one where it may still grow."""
        while (match := _TOKEN.match(text, self._position)) is not None:
            may_grow = match["close"] == "" or (match["scalar"] is not None and match.end() == len(text))
            if may_grow:
                return match
            self._position = match.end()
            if match["mark"] is not None:
                self._take_mark(match["mark"])
            elif self._expects == "key":
                self._open[-1].place = _decoded(match["string"] or "")
                self._expects = "colon"
            else:
                self._expects = "comma"
        return None

    def _take_mark(self, mark: str) -> None:
        if mark in "{[":
            self._open.append(_Container(mark == "{", "" if mark == "{" else 0))
            self._expects = "key" if mark == "{" else "value"
        elif mark in "}]":
            del self._open[-1:]
            self._expects = "comma"
        elif mark == ":":
            self._expects = "value"
        elif self._open:
            innermost = self._open[-1]
            if isinstance(innermost.place, int):
                innermost.place += 1
            self._expects = "key" if innermost.is_object else "value"

    def _leaf(self, growing: "re.Match[str] | None") -> Writing | None:
        """What is being written now."""
        if self._expects == "key":
            return Writing((growing["string"] or "") if growing else "", "key")
        if growing is not None and growing["string"] is not None:
            return Writing("", "string")
        if growing is not None:
            return Writing(growing["scalar"], "scalar")
        return None if self._expects == "comma" else Writing("", "scalar")


def _placed(value: Any, path: Path, leaf: Writing) -> Any:
    """`value` with `leaf` at `path`."""
    if not path:
        return Writing(value, "string") if leaf.kind == "string" and isinstance(value, str) else leaf
    container = value
    for place in path[:-1]:
        known = isinstance(container, dict) if isinstance(place, str) else isinstance(container, list)
        if not known or (place not in container if isinstance(place, str) else place >= len(container)):
            return value  # text that only looked like JSON
        container = container[place]
    place = path[-1]
    if isinstance(container, dict):
        if leaf.kind == "key":
            container[leaf] = None
        elif leaf.kind == "string":
            container[place] = Writing(str(container.get(place, "")), "string")
        else:
            container[place] = leaf
    elif isinstance(container, list) and isinstance(place, int):
        if leaf.kind == "string":
            leaf = Writing(str(container[place]) if place < len(container) else "", "string")
        container[place:] = [leaf]
    return value


def _decoded(string: str) -> str:
    """A key as JSON means it."""
    if "\\" not in string:
        return string
    try:
        return str(json.loads(f'"{string}"'))
    except ValueError:
        return string
