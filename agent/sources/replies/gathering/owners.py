"""Which call of a reply a fragment belongs to.

Servers agree on little: whether a fragment has an index, an id, a name, whether these come once, late, in pieces or
with every fragment. The rules by which fragments find their call are here and nowhere else.
"""

from collections.abc import Callable
from typing import Any

from agent.sources.replies.gathering.call import GatheredCall

__all__ = ["Owners"]


class Owners:
    """The calls of one reply, by what fragments say of them."""

    def __init__(self, follows: Callable[[], None]) -> None:
        """`follows` is called before each new call."""
        self.calls: list[GatheredCall] = []
        """In the order in which they began."""
        self._follows = follows
        self._by_id: dict[str, GatheredCall] = {}
        self._by_index: dict[Any, GatheredCall] = {}
        self._ids: set[str] = set()
        """The provider's ids of the calls of this reply; one that comes twice is another call's no more."""

    def known(self, index: Any) -> GatheredCall | None:
        """The call of a fragment that has at most an index; None where there is none yet."""
        return self._by_index.get(index, self._last)

    def owner(self, provider_id: str, index: Any, name: str, arguments: str) -> GatheredCall:
        """The call that a fragment belongs to, a new one if need be; it has the fragment's id and index from now on."""
        call = self._owner(provider_id, index, name, arguments)
        call.said_id = call.said_id or provider_id
        if index is not None:
            self._by_index[index] = call
            call.index = index if call.index is None else call.index
        if provider_id and not call.provider_id and provider_id not in self._ids:
            call.provider_id = provider_id
            self._ids.add(provider_id)
        if provider_id and (name or provider_id not in self._by_id):
            self._by_id[provider_id] = call
        return call

    @property
    def _last(self) -> GatheredCall | None:
        return self.calls[-1] if self.calls else None

    def _owner(self, provider_id: str, index: Any, name: str, arguments: str) -> GatheredCall:
        """By index first, by id second, else the last one; or a new one."""
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
        return self._new_call() if is_other and call.name not in ("", name) and not call.written.pieces else call

    def _another(self, call: GatheredCall, name: str) -> GatheredCall:
        """A call that looks like `call` told again, unless it has another name."""
        return self._new_call(repeats=call if name == call.name else None)

    def _new_call(self, repeats: GatheredCall | None = None) -> GatheredCall:
        self._follows()
        call = GatheredCall(repeats=repeats)
        self.calls.append(call)
        return call
