"""What is said in a session, as AG-UI events: texts, reasoning and calls, whole or fragment by fragment.

Knows no turns and no formats. Ids are unique in the session: one that was used before is told under another, and a
call's result finds it by the provider's id.
"""

from abc import ABC, abstractmethod
from typing import Any

from msgspec.structs import replace

from agent.events import types as ev
from agent.events.open_parts import OpenParts
from agent.formats.imports.values import json_text

__all__ = ["Saying"]


class Saying(ABC):
    """One session's events as they come about; `take` gives those since the last time.

    Moments are milliseconds since the epoch, or None where the record has none. `agent` is the id of the sub-agent
    that something belongs to, None for the main one.
    """

    def __init__(self) -> None:
        self._events: list[ev.Event] = []
        self._parts = OpenParts()
        self._ids: dict[str, int] = {}
        """How often each id was used in the session."""
        self._calls: dict[str, list[str]] = {}
        """The open run's calls without a result, by the provider's id: the ids they are told under."""
        self._writing: dict[str, None] = {}
        """Calls whose arguments are not complete."""
        self._last: int | None = None
        """The last moment that was told in the open run."""
        self._is_answered = False
        """Whether the last thing said is text of the main agent."""
        self._failure = ""
        """What ends the run unless more is said in it."""

    def take(self) -> list[ev.Event]:
        """The events that came about since the last time."""
        events, self._events = self._events, []
        return events

    @abstractmethod
    def ensure_run(self, at: int | None) -> str:
        """Begin a turn without a question, where something is said outside of any; gives the open one's id."""

    @abstractmethod
    def _has_result(self, call: str, at: int | None) -> None:
        """A call's result was told; `call` is the provider's id."""

    # What is said

    def text(
        self, text: str, at: int | None, *, id: str = "", role: str = "assistant", agent: str | None = None
    ) -> None:
        """A whole text."""
        if not text:
            return
        run = self.ensure_run(at)
        message_id = self._fresh(id or f"{run}:text")
        self._add_whole(
            [
                ev.TextMessageStart(timestamp=at, message_id=message_id, role=role, subagent_run_id=agent),
                ev.TextMessageContent(timestamp=at, message_id=message_id, delta=text, subagent_run_id=agent),
                ev.TextMessageEnd(timestamp=at, message_id=message_id, subagent_run_id=agent),
            ],
            at,
        )
        self._said(is_answer=role == "assistant" and agent is None)

    def begin_text(self, at: int | None, *, id: str = "", role: str = "assistant", agent: str | None = None) -> str:
        """A text begins; gives the id it is told under."""
        run = self.ensure_run(at)
        message_id = self._fresh(id or f"{run}:text")
        self._add(ev.TextMessageStart(timestamp=at, message_id=message_id, role=role), agent)
        self._said(is_answer=role == "assistant" and agent is None)
        return message_id

    def add_text(self, message_id: str, delta: str, at: int | None, *, agent: str | None = None) -> None:
        """The next fragment of a text."""
        if delta:
            self._put(ev.TextMessageContent(timestamp=at, message_id=message_id, delta=delta), agent)

    def end_text(self, message_id: str, at: int | None, *, agent: str | None = None) -> None:
        """A text is whole."""
        self._add(ev.TextMessageEnd(timestamp=at, message_id=message_id), agent)

    def reasoning(
        self, text: str, at: int | None, *, id: str = "", agent: str | None = None, ended: int | None = None
    ) -> None:
        """A whole piece of reasoning; `ended` where its end has a moment of its own."""
        if not text:
            return
        run, end = self.ensure_run(at), at if ended is None else ended
        message_id = self._fresh(id or f"{run}:reasoning")
        self._add_whole(
            [
                ev.ReasoningStart(timestamp=at, message_id=message_id, subagent_run_id=agent),
                ev.ReasoningMessageStart(timestamp=at, message_id=message_id, subagent_run_id=agent),
                ev.ReasoningMessageContent(timestamp=end, message_id=message_id, delta=text, subagent_run_id=agent),
                ev.ReasoningMessageEnd(timestamp=end, message_id=message_id, subagent_run_id=agent),
                ev.ReasoningEnd(timestamp=end, message_id=message_id, subagent_run_id=agent),
            ],
            end,
        )
        self._said()

    def begin_reasoning(self, at: int | None, *, id: str = "", agent: str | None = None) -> str:
        """Reasoning begins; gives the id it is told under."""
        run = self.ensure_run(at)
        message_id = self._fresh(id or f"{run}:reasoning")
        self._add(ev.ReasoningStart(timestamp=at, message_id=message_id), agent)
        self._add(ev.ReasoningMessageStart(timestamp=at, message_id=message_id), agent)
        self._said()
        return message_id

    def add_reasoning(self, message_id: str, delta: str, at: int | None, *, agent: str | None = None) -> None:
        """The next fragment of reasoning."""
        if delta:
            self._put(ev.ReasoningMessageContent(timestamp=at, message_id=message_id, delta=delta), agent)

    def end_reasoning(self, message_id: str, at: int | None, *, agent: str | None = None) -> None:
        """Reasoning is whole."""
        self._add(ev.ReasoningMessageEnd(timestamp=at, message_id=message_id), agent)
        self._add(ev.ReasoningEnd(timestamp=at, message_id=message_id), agent)

    # Calls

    def call(self, id: str, name: str, arguments: Any, at: int | None, *, agent: str | None = None) -> None:
        """A whole call; `id` is the provider's, `arguments` text, or the object that they are."""
        told = self.begin_call(id, name, at, agent=agent)
        self.add_arguments(told, json_text(arguments), at, agent=agent)
        self.end_call(told, at, agent=agent)

    def begin_call(self, id: str, name: str, at: int | None, *, agent: str | None = None) -> str:
        """A call begins; gives the id it is told under, which is the provider's unless that was used before."""
        run = self.ensure_run(at)
        key = id or f"{run}:call:{len(self._calls) + 1}"
        told = self._fresh(key)
        self._calls.setdefault(key, []).append(told)
        self._writing[told] = None
        metadata = {"providerId": id} if id and told != id else None
        self._put(ev.ToolCallStart(timestamp=at, tool_call_id=told, tool_call_name=name, metadata=metadata), agent)
        self._said()
        return told

    def add_arguments(self, told: str, delta: str, at: int | None, *, agent: str | None = None) -> None:
        """The next fragment of a call's arguments, JSON text."""
        if delta and told in self._writing:
            self._put(ev.ToolCallArgs(timestamp=at, tool_call_id=told, delta=delta), agent)

    def end_call(self, told: str, at: int | None, *, agent: str | None = None) -> None:
        """A call's arguments are complete; harmless a second time."""
        if told in self._writing:
            del self._writing[told]
            self._put(ev.ToolCallEnd(timestamp=at, tool_call_id=told), agent)

    def start_tool(self, id: str, at: int | None) -> None:
        """The tool of a call begins to run; `id` is the provider's. Without a moment nothing is known by that."""
        if at is not None and self._calls.get(id):
            self._put(ev.Custom(timestamp=at, name=ev.TOOL_STARTED, value={"toolCallId": self._calls[id][0]}))

    def result(
        self,
        id: str,
        content: str,
        at: int | None,
        *,
        is_error: bool = False,
        duration: float | None = None,
        agent: str | None = None,
    ) -> bool:
        """What a tool gave, once for each call; False where none of this provider's id waits. `duration` in ms."""
        if not (waiting := self._calls.get(id)):
            return False
        told = waiting.pop(0)
        self.end_call(told, at, agent=agent)
        metadata: dict[str, Any] = {"error": True} if is_error else {}
        if duration is not None:
            metadata["durationMs"] = duration
        self._put(
            ev.ToolCallResult(
                timestamp=at,
                message_id=self._fresh(f"{told}:result"),
                tool_call_id=told,
                content=content,
                role="tool",
                metadata=metadata or None,
            ),
            agent,
        )
        self._is_answered = False
        self._has_result(id, at)
        return True

    @property
    def is_writing(self) -> bool:
        """Whether a call's arguments are not complete."""
        return bool(self._writing)

    def is_waiting(self, id: str) -> bool:
        """Whether a call of the open run with this provider's id has no result yet."""
        return bool(self._calls.get(id))

    def knows_call(self, id: str) -> bool:
        """Whether the open run has had a call with this provider's id."""
        return id in self._calls

    # The ground

    def _said(self, *, is_answer: bool = False) -> None:
        self._is_answered, self._failure = is_answer, ""

    def _add(self, event: ev.Event, agent: str | None = None) -> None:
        """What begins or ends something, which is ended with the run at the latest."""
        self._parts.track(event)
        self._put(event, agent)

    def _put(self, event: ev.Event, agent: str | None = None) -> None:
        """What begins and ends nothing that a run's end would end."""
        self._events.append(event if agent is None else replace(event, subagent_run_id=agent))
        if event.timestamp is not None:
            self._last = int(event.timestamp)

    def _add_whole(self, events: list[ev.Event], at: int | None) -> None:
        """What begins and ends at once: nothing of it is ever open."""
        self._events += events
        if at is not None:
            self._last = at

    def _fresh(self, id: str) -> str:
        """`id`, made another where the session has used it."""
        count = self._ids[id] = self._ids.get(id, 0) + 1
        return id if count == 1 else self._fresh(f"{id}#{count}")
