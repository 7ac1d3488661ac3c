"""Tool calls out of the fragments that servers send of them.

Servers agree on little: whether a fragment has an index, an id, a name, whether these come once, late, in pieces or
with every fragment. The rules by which fragments find their call are here and nowhere else. Nothing is judged: whether
a call is complete or may run is not decided here.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from agent.sources.replies.fields import FieldGatherer
from agent.sources.replies.surrogates import SurrogateJoiner
from agent.text import well_formed

__all__ = ["CallGatherer", "GatheredCall"]

_ID_LENGTH = 9
"""Of an id that we make up: Mistral's servers take nine letters and digits, no more and no less; all others do too."""

_NAMESPACES = ("functions.", "functions:", "function.", "default_api.", "default_api:", "tools.", "tool.")
_NUMBER = re.compile(r":\d+\Z")
"""What Kimi's format puts behind a name: `functions.add:0` is the id of a call, and of some servers its name."""
_FENCE = re.compile(r"\A\s*```(?:json)?\s*")
_JUNK = re.compile(r"(?:[\s\]}`]|<[^<>{}\"]{1,60}>)*")
"""What some parsers leave behind complete arguments: a bracket too many, marks of the model's format."""


@dataclass(slots=True, kw_only=True, eq=False)
class GatheredCall:
    """A tool call as far as its fragments have come."""

    id: str = ""
    """Unique in the session: what the events say. Given when the call is told of."""
    provider_id: str = ""
    """What the model calls it; ours where it has no id of its own."""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    """Fragments of JSON text."""
    fields: FieldGatherer = field(default_factory=FieldGatherer)
    """What else came with it and goes back with it."""
    is_told: bool = False
    """Whether its start has been told; it waits for its whole name."""
    told_id: str = ""
    """The model's id of it as far as it was known then; a late one may follow."""
    index: Any = None
    surrogates: SurrogateJoiner = field(default_factory=SurrogateJoiner)
    _extent: "_Extent" = field(default_factory=lambda: _Extent())
    _held: list[str] = field(default_factory=list)
    """What came behind the end of its arguments: the same once more, or another call's."""
    _tells_all: bool = False
    """Whether every fragment tells all of its arguments so far."""
    _said_id: str = ""
    """The id that it began with, which may be another call's."""
    _repeats: "GatheredCall | None" = None
    """The call that this one may only be telling again; it is told of once that is known."""

    @property
    def text(self) -> str:
        """The arguments so far."""
        return "".join(self.arguments)

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are a whole JSON value; an empty object may still be followed by the real one."""
        return self._extent.is_whole


class CallGatherer:
    """Gathers the calls of one reply.

    `used_ids` are those of the session, and grow by ours. `tool_names` are the names that a call may have: one that is
    among them is told at once, any other when its arguments begin. `began` is called when a call can be told of, `grew`
    with each further piece of its arguments.
    """

    def __init__(
        self,
        *,
        used_ids: set[str],
        tool_names: Collection[str],
        began: Callable[[GatheredCall], None],
        grew: Callable[[GatheredCall, str], None],
    ) -> None:
        self.calls: list[GatheredCall] = []
        self._used_ids = used_ids
        self._tool_names = set(tool_names)
        self._names = {name for name in tool_names if not any(o != name and o.startswith(name) for o in tool_names)}
        """Those that are no beginning of another."""
        self._told: list[GatheredCall] = []
        self._began = began
        self._grew = grew
        self._by_id: dict[str, GatheredCall] = {}
        self._by_index: dict[Any, GatheredCall] = {}
        self._ids: set[str] = set()
        """The provider's ids of the calls of this reply; one that comes twice is another call's no more."""

    def take(
        self, provider_id: str | None, index: Any, name: str | None, arguments: str | None, fields: dict[str, Any]
    ) -> None:
        """The next fragment; None or an empty text for what it does not tell."""
        provider_id, name, arguments = well_formed(provider_id or ""), well_formed(name or ""), arguments or ""
        if not (provider_id or name or arguments):
            if fields and (call := self._by_index.get(index, self._last)) is not None:
                call.fields.take(fields)
            return
        call = self._owner(provider_id, index, name, arguments)
        call._said_id = call._said_id or provider_id
        if index is not None:
            self._by_index[index] = call
            call.index = index if call.index is None else call.index
        if provider_id and not call.provider_id and provider_id not in self._ids:
            call.provider_id = provider_id
            self._ids.add(provider_id)
        if provider_id and (name or provider_id not in self._by_id):
            self._by_id[provider_id] = call
        call.fields.take(fields)
        self._take_name(call, name)
        if arguments := call.surrogates.feed(arguments):
            self._take_arguments(call, arguments)
        elif call.name in self._names or (call.name and call.arguments):
            self._tell(call)

    def something_follows(self) -> None:
        """Text or another call begins: a name that something follows is whole."""
        for call in self.calls:
            if call.name and not call.is_told:
                self._tell(call)

    def end(self) -> None:
        """No fragment follows: tell what waited, and drop what was no call; the calls are in the order they were told.

        So their model is given them back in the order that a session has them in, which it is told later, too.
        """
        for call in [*self.calls]:
            call.name = call.name or self._name_in(call.provider_id)
            is_nothing = not (call.name or call.arguments or call._held)
            if is_nothing or (call._repeats is not None and _same(call, call._repeats)):
                self.calls.remove(call)
            else:
                call._repeats = None
                self._tell(call)
                self._end_call(call)
        self.calls.sort(key=self._told.index)

    @property
    def _last(self) -> GatheredCall | None:
        return self.calls[-1] if self.calls else None

    # Whose a fragment is

    def _owner(self, provider_id: str, index: Any, name: str, arguments: str) -> GatheredCall:
        """The call that a fragment belongs to: by index first, by id second, else the last one; or a new one."""
        by_id = self._by_id.get(provider_id) if provider_id else None
        if index is not None and (at_index := self._by_index.get(index)) is not None:
            return self._owner_at(at_index, by_id, provider_id, name, arguments)
        if by_id is not None:
            is_elsewhere = index is not None and by_id.index is not None
            is_another = by_id.is_whole and by_id.name != "" and (bool(arguments) or name != by_id.name)
            return self._another(by_id, name) if name and (is_elsewhere or is_another) else by_id
        if (last := self._last) is None:
            return self._new_call()
        if name:
            if last.name == "" and not provider_id:
                return last
            is_again = last.is_whole and not provider_id and index is None
            return self._another(last, name) if is_again else self._new_call()
        if index is not None and last.index is not None and (provider_id or last.is_whole):
            return self._new_call()  # its arguments come before its name
        # One that is not complete goes on, be it at another index: there are servers that count fragments.
        return self._new_call() if provider_id and last.is_whole else last

    def _owner_at(
        self, call: GatheredCall, by_id: GatheredCall | None, provider_id: str, name: str, arguments: str
    ) -> GatheredCall:
        """The call that a fragment at a known index belongs to."""
        if not name or not call.name:
            # Whatever its id, some servers make up a new one for every fragment; one that is known tells.
            return call if by_id is None or by_id.is_whole else by_id
        if by_id is not None and by_id is not call and not call.is_whole:
            return by_id
        is_other = bool(provider_id and call.provider_id and provider_id != call.provider_id)
        if call.is_whole:  # a server that gives all calls one index, or that tells a call twice
            if is_other and by_id is None and arguments:
                return self._new_call()
            return self._another(call, name) if arguments or is_other or name != call.name else call
        return self._new_call() if is_other and call.name not in ("", name) and not call.arguments else call

    def _another(self, call: GatheredCall, name: str) -> GatheredCall:
        """A call that looks like `call` told again, unless it has another name."""
        return self._new_call(repeats=call if name == call.name else None)

    def _new_call(self, repeats: GatheredCall | None = None) -> GatheredCall:
        self.something_follows()
        call = GatheredCall(_repeats=repeats)
        self.calls.append(call)
        return call

    # Telling

    @staticmethod
    def _take_name(call: GatheredCall, name: str) -> None:
        """A name may come in pieces, grow, or be said again."""
        if not name or (call.name and (call.is_told or call.arguments or name == call.name)):
            return
        call.name = name if name.startswith(call.name) else call.name + name

    def _take_arguments(self, call: GatheredCall, text: str) -> None:
        text = _new_part(call, text)
        if call.is_whole and not call.arguments and call._held == ["{}"] and text.lstrip().startswith("{"):
            call._held.clear()  # an empty object in front of the real one
            call._extent = _Extent()
        if call.is_whole:
            call._held.append(text)
            return
        end = call._extent.feed(text)
        text, rest = text[:end], text[end:]
        if not call.arguments and (call._held or text.strip() == "{}" or text.lstrip().startswith('"')):
            call._held.append(text)  # what may be followed by the real ones, or holds them once more as a string
            text = _inner(call) if call.is_whole else ""
        if text:
            self._add(call, text)
        if rest.strip():
            self._take_arguments(call, rest)

    def _add(self, call: GatheredCall, text: str) -> None:
        call.arguments.append(text)
        if call.is_told:
            self._grew(call, text)
        elif call.name and call._repeats is None:
            self._tell(call)

    def _tell(self, call: GatheredCall) -> None:
        if call.is_told or call._repeats is not None:
            return
        call.is_told = True
        call.name = _meant(call.name, self._tool_names)
        call.id = call.provider_id if call.provider_id and call.provider_id not in self._used_ids else self._new_id()
        self._used_ids.add(call.id)
        call.told_id = call.provider_id or call.id
        self._told.append(call)
        self._began(call)
        for piece in call.arguments:
            self._grew(call, piece)

    def _name_in(self, provider_id: str) -> str:
        """The tool that an id names, of a call whose name never came; none where it names none."""
        name = _meant(provider_id, self._tool_names)
        return name if name in self._tool_names else ""

    def _new_id(self) -> str:
        while (made := uuid4().hex[:_ID_LENGTH]) in self._used_ids:
            pass
        return made

    def _end_call(self, call: GatheredCall) -> None:
        if rest := call.surrogates.end():
            self._take_arguments(call, rest)
        held = "".join(call._held)
        call._held.clear()
        is_more = not (call.arguments and (_JUNK.fullmatch(held) or _only_repeats(held, call.text)))
        if held.strip() and is_more:
            self._add(call, held)
        call.provider_id = call.provider_id or call.id


def _meant(name: str, names: Collection[str]) -> str:
    """The tool that a name means which is none's, where that is certain; else the name as it is.

    What surrounds it is the prompt's own: a namespace that the tools were told in (`functions.add`), a token of the
    model's format behind it (`add<|channel|>commentary`), the number of the call, brackets, spaces. The case of
    letters tells no tools apart.
    """
    if name in names:
        return name
    bare = _NUMBER.sub("", name.partition("<|")[0].strip()).removesuffix("()")
    for prefix in _NAMESPACES:
        bare = bare.removeprefix(prefix)
    alike = [one for one in names if one.lower() == bare.lower()]
    return bare if bare in names else alike[0] if len(alike) == 1 else name


def _new_part(call: GatheredCall, text: str) -> str:
    """What of a fragment of arguments is new; most servers send nothing else.

    Some tell `null` before there are any, or a mark of a block of code, and some tell all of them so far with every
    fragment. Where a value may stand an object that begins as its own outside is one within it.
    """
    if not call.arguments:
        return "" if not call._held and text.strip() == "null" else _FENCE.sub("", text, count=1)
    if call.is_whole or not text.startswith("{") or not text.startswith(before := call.text):
        return text
    if call._tells_all:
        goes_on = False
    elif call._extent.is_in_string:  # which the first quote would end, if it went on
        behind = text.partition('"')[2][:1]
        goes_on = not behind or behind in ":,}] \t\r\n"
    else:
        goes_on = before.rstrip().endswith((":", ",", "["))
    call._tells_all |= not goes_on
    return text if goes_on else text[len(before) :]


def _inner(call: GatheredCall) -> str:
    """The arguments inside a string that holds them; nothing where it holds none."""
    try:
        value = json.loads("".join(call._held), strict=False)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return ""
    call._held.clear()
    return well_formed(value)


def _same(call: GatheredCall, other: GatheredCall) -> bool:
    """Whether one tells no more than the other."""
    text = call.text or "".join(call._held)
    if call._said_id and call._said_id == other.provider_id and text.strip() in ("", "{}"):
        return call.name == other.name
    return call.name == other.name and _only_repeats(text, other.text or "".join(other._held))


def _only_repeats(text: str, arguments: str) -> bool:
    """Whether `text` is those arguments once more, or several times."""
    try:
        expected = json.loads(arguments, strict=False)
        return all(value == expected for value in _values(text))
    except (ValueError, RecursionError):
        return False


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        yield value
        text = text[end:]


class _Extent:
    """Finds where the first JSON object, list or string of a text ends, in time proportional to the text."""

    __slots__ = ("_depth", "_escaped", "is_in_string", "is_whole")

    _SIGNS = re.compile(r'["\\{}\[\]]')

    def __init__(self) -> None:
        self.is_whole = False
        self._depth = 0
        self.is_in_string = False
        self._escaped = False
        """Whether the next character is escaped."""

    def feed(self, text: str) -> int:
        """How much of `text` belongs to the value."""
        skip = 0
        if self._escaped and text:
            self._escaped, skip = False, 1
        while (found := self._SIGNS.search(text, skip)) is not None:
            sign, skip = found[0], found.end()
            if self.is_in_string:
                if sign == "\\":
                    self._escaped = skip == len(text)
                    skip += 1
                elif sign == '"':
                    self.is_in_string = False
            elif sign == '"':
                self.is_in_string = True
            elif sign in "{[":
                self._depth += 1
            elif sign in "}]":
                self._depth -= 1
            if not self.is_in_string and self._depth <= 0 and sign in '"}]':
                self.is_whole = True
                return skip
        return len(text)
