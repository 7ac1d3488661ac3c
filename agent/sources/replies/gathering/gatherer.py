"""Tool calls out of fragments, and told as they come: each once it can be told of, and then piece by piece."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import uuid4

from agent.sources.replies.gathering.call import GatheredCall
from agent.sources.replies.gathering.names import grown, meant
from agent.sources.replies.gathering.owners import Owners
from agent.text import well_formed

__all__ = ["CallGatherer"]

_ID_LENGTH = 9
"""Of an id that we make up: Mistral's servers take nine letters and digits, no more and no less; all others do too."""


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
        self._used_ids = used_ids
        self._tool_names = set(tool_names)
        self._names = {name for name in tool_names if not any(o != name and o.startswith(name) for o in tool_names)}
        """Those that are no beginning of another."""
        self._owners = Owners(self.something_follows)
        self._told: list[GatheredCall] = []
        self._began = began
        self._grew = grew

    @property
    def calls(self) -> list[GatheredCall]:
        """Those of the reply so far."""
        return self._owners.calls

    def take(
        self, provider_id: str | None, index: Any, name: str | None, arguments: str | None, fields: dict[str, Any]
    ) -> None:
        """The next fragment; None or an empty text for what it does not tell."""
        provider_id, name, arguments = well_formed(provider_id or ""), well_formed(name or ""), arguments or ""
        if not (provider_id or name or arguments):
            if fields and (known := self._owners.known(index)) is not None:
                known.fields.take(fields)
            return
        call = self._owners.owner(provider_id, index, name, arguments)
        call.fields.take(fields)
        self._take_name(call, name)
        if text := call.surrogates.feed(arguments):
            self._add(call, call.written.feed(text))
        elif call.name in self._names or (call.name and call.written.pieces):
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
            if call.is_nothing or call.only_repeats:
                self.calls.remove(call)
            else:
                call.repeats = None
                self._tell(call)
                if rest := call.surrogates.end():
                    self._add(call, call.written.feed(rest))
                self._add(call, call.written.end())
                call.provider_id = call.provider_id or call.id
        self.calls.sort(key=self._told.index)

    @staticmethod
    def _take_name(call: GatheredCall, name: str) -> None:
        """A name may come in pieces, grow, or be said again."""
        if name and not (call.name and (call.is_told or call.written.pieces or name == call.name)):
            call.name = grown(call.name, name)

    def _add(self, call: GatheredCall, pieces: list[str]) -> None:
        """Tell further pieces of a call's arguments, which begin it where it was not told of."""
        if not call.is_told:
            if pieces and call.name:
                self._tell(call)
            return
        for piece in pieces:
            self._grew(call, piece)

    def _tell(self, call: GatheredCall) -> None:
        if call.is_told or call.repeats is not None:
            return
        call.is_told = True
        call.name = meant(call.name, self._tool_names)
        call.id = call.provider_id if call.provider_id and call.provider_id not in self._used_ids else self._new_id()
        self._used_ids.add(call.id)
        call.told_id = call.provider_id or call.id
        self._told.append(call)
        self._began(call)
        for piece in call.written.pieces:
            self._grew(call, piece)

    def _name_in(self, provider_id: str) -> str:
        """The tool that an id names, of a call whose name never came; none where it names none."""
        name = meant(provider_id, self._tool_names)
        return name if name in self._tool_names else ""

    def _new_id(self) -> str:
        while (made := uuid4().hex[:_ID_LENGTH]) in self._used_ids:
            pass
        return made
