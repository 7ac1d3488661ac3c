"""The texts and the reasoning of a run that is going on: which of them a fragment belongs to, and what each is for.

An item is an id and its place. One that starts again when it has ended is another item, and so is one that goes on
when the model has seen a tool's result; one that starts again while it is open is the same. A user's text is the
question, and no item, unless the agent is at work already.
"""

from typing import Generic, TypeVar

from msgspec import Struct

from agent.conversation.fragments import Fragments
from agent.conversation.items import Message, MessageKind, Reasoning
from agent.conversation.run import Run, Step
from agent.conversation.turn.content import string, usage_of
from agent.conversation.turn.names import Key, Names, key_of
from agent.conversation.turn.steps import Steps
from agent.events import types as ev

__all__ = ["Texts", "count_fragments", "make_preamble"]

_KINDS = {"user": MessageKind.USER, "system": MessageKind.SYSTEM, "developer": MessageKind.SYSTEM}
"""What a text is for by its role; all other roles are an agent's."""
_ROLES = {kind: role for role, kind in _KINDS.items()}
_ANSWER, _USER, _SYSTEM = MessageKind.ANSWER, MessageKind.USER, MessageKind.SYSTEM
"""By names of this module, and compared by identity: looking up a member and its hash cost more than all the rest."""


T = TypeVar("T", Message, Reasoning)


class _Open(Struct, Generic[T], eq=False):
    """A text as its fragments find it."""

    item: T
    step: Step | None
    """None of a question's."""
    results: int
    """How many results of tools there were in the run when it last went on."""
    own_results: int
    """How many of them its agent had asked for."""
    before: str = ""
    """What was asked before a user's text."""


class Texts(Struct, eq=False):
    """The texts of one run."""

    _run: Run
    _steps: Steps
    _names: Names
    _texts: dict[Key, _Open[Message]] = {}
    _thoughts: dict[Key, _Open[Reasoning]] = {}
    _told: dict[Key, _Open[Message]] = {}
    """Texts that may be told once more, from their beginning."""
    _told_thoughts: dict[Key, _Open[Reasoning]] = {}
    _results: int = 0
    """How many results of tools there were."""
    _own_results: dict[str | None, int] = {}
    """How many of them each agent had asked for; the run's own agent is None."""
    usage: list[ev.TokenUsage] = []
    """What single texts cost, where they tell."""

    def know(self, steps: list[Step]) -> None:
        """Take in texts that were told whole."""
        for step in steps:
            for item in step.items:
                if isinstance(item, Message) and item.is_filled:
                    self._told[key_of(item.id, step.agent)] = self._opened(item, step, step.agent)
                    self._names.new(item.id)

    def tell_again(self) -> None:
        """All is told once more, as by a server that somebody has connected to anew."""
        self._told |= {key: told for key, told in self._texts.items() if key and told.step is not None}
        self._told_thoughts |= {key: told for key, told in self._thoughts.items() if key}

    # Texts

    def start(self, event: ev.TextMessageStart, time: float) -> Run:
        """A text begins."""
        agent = event.subagent_run_id
        key = event.message_id if agent is None else (agent, event.message_id)
        if self._told and (told := self._told.pop(key, None)) is not None:
            self._texts[key] = self._opened(_again(told.item), told.step, agent)
            return self._run
        if (told := self._texts.get(key)) is not None and event.message_id and told.item.ended is None:
            return self._run  # told twice
        message = Message(id="", name=event.name or None, started=time)
        if event.metadata is not None:
            message.call_id = string(event.metadata.get("toolCallId"))
        if event.role == "user" and agent is None and not self._is_at_work():
            self._texts[key] = self._opened(message, None, agent, self._run.question)
            if event.message_id and event.message_id not in self._run.asked:
                self._run.asked += (event.message_id,)
            return self._run
        message.id = self._names.new(event.message_id, "text")
        if agent is not None:
            message.kind = MessageKind.INNER
        elif event.role is not None:
            message.kind = _KINDS.get(event.role, _ANSWER)
        step = self._steps.current(agent, time)
        step.items.append(message)
        self._texts[key] = self._opened(message, step, agent)
        return self._run

    def content(self, event: ev.TextMessageContent, time: float) -> Run:
        """The next fragment of a text; its beginning may be missing."""
        agent = event.subagent_run_id
        key = event.message_id if agent is None else (agent, event.message_id)
        told = self._texts.get(key)
        if told is None or told.results != self._results:
            told = self._continued(told, event, time)
        item, step, run = told.item, told.step, self._run
        if step is None or item.call_id is not None or item.kind is not _ANSWER:
            self._add(told, [event.delta], [time])
            return run
        item.fragments.append(event.delta, time)  # as `_add` does, for by far the most of all fragments
        if step.first_fragment is None:
            count_fragments(run, step, time, time)
        else:
            step.last_fragment = time
        run.answer_fragments += 1
        return run

    def _continued(self, told: _Open[Message] | None, event: ev.TextMessageContent, time: float) -> _Open[Message]:
        """The text that a fragment is of, where that has not begun, or a tool has given a result since it went on.

        Behind a result it goes on as another item, unless it has only begun.
        """
        name, agent, key = event.message_id, event.subagent_run_id, key_of(event.message_id, event.subagent_run_id)
        if told is None:
            self.start(ev.TextMessageStart(message_id=name, subagent_run_id=agent), time)
            return self._texts[key]
        before = told.item
        if not self._has_seen_a_result(told, agent):
            return told
        if told.step is not None and len(before.fragments):
            before.ended = before.ended or time
            role = _ROLES.get(before.kind)
            start = ev.TextMessageStart(message_id=name, subagent_run_id=agent, role=role, name=before.name)
            self.start(start, time)
        return self._texts[key]

    def add(self, event: ev.TextMessageContent, pieces: list[str], times: list[float]) -> int:
        """Add pieces to the text of a fragment that has been added itself; gives how many they are."""
        self._add(self._texts[key_of(event.message_id, event.subagent_run_id)], pieces, times)
        return len(pieces)

    def _add(self, told: _Open[Message], pieces: list[str], times: list[float]) -> None:
        message, run = told.item, self._run
        message.fragments.extend(pieces, times)
        if told.step is None:
            text = message.fragments.text
            # The run's input may have told the same question.
            run.question = (
                told.before if told.before.startswith(text) else "\n\n".join(filter(None, (told.before, text)))
            )
        elif message.kind is _USER or message.kind is _SYSTEM:
            pass
        elif message.call_id is None:
            count_fragments(run, told.step, times[0], times[-1])
            if message.kind is _ANSWER:
                run.answer_fragments += len(pieces)
            else:
                run.tool_fragments += len(pieces)
        else:  # they were counted as tool use when the call's arguments came, unless it says more than those did
            run.tool_fragments -= min(len(pieces), run.tool_fragments)
            run.answer_fragments += len(pieces)

    def end(self, event: ev.TextMessageEnd, time: float) -> Run:
        """A text is whole; what it cost may stand there."""
        if (told := self._texts.get(key_of(event.message_id, event.subagent_run_id))) is not None:
            told.item.ended = time
        if event.metadata is not None and (usage := usage_of(event.metadata)) is not None:
            self.usage.append(usage)
        return self._run

    # Reasoning

    def turn_out(self, event: ev.ReasoningStart, _time: float) -> Run | None:
        """A text that was told turns out to be the thought that begins here, which is told whole once more."""
        name = string((event.metadata or {}).get("toldAs"))
        told = self._texts.get(key_of(name, event.subagent_run_id)) if name else None
        if told is None or told.step is None or told.item not in told.step.items:
            return None
        told.step.items = [item for item in told.step.items if item is not told.item]
        if told.item.kind is _ANSWER:
            self._run.answer_fragments -= len(told.item.fragments)
        elif told.item.kind not in _ROLES:
            self._run.tool_fragments -= len(told.item.fragments)
        return self._run

    def think(self, event: ev.ReasoningMessageStart, time: float) -> Run:
        """A piece of reasoning begins."""
        agent = event.subagent_run_id
        key = key_of(event.message_id, agent)
        if (told := self._told_thoughts.pop(key, None)) is not None:
            self._thoughts[key] = self._opened(_again(told.item), told.step, agent)
            return self._run
        if event.message_id and (told := self._thoughts.get(key)) is not None and told.item.ended is None:
            return self._run
        title = string((event.metadata or {}).get("title"))
        reasoning = Reasoning(id=self._names.new(event.message_id, "reasoning"), title=title, started=time)
        step = self._steps.current(agent, time)
        step.items.append(reasoning)
        self._thoughts[key] = self._opened(reasoning, step, agent)
        return self._run

    def thought(self, event: ev.ReasoningMessageContent, time: float) -> Run:
        """The next fragment of reasoning; behind a result it is another one, unless that has only begun."""
        key = key_of(event.message_id, event.subagent_run_id)
        told = self._thoughts.get(key)
        if told is None or (self._has_seen_a_result(told, event.subagent_run_id) and len(told.item.fragments)):
            if told is not None:
                told.item.ended = told.item.ended or time
            start = ev.ReasoningMessageStart(message_id=event.message_id, subagent_run_id=event.subagent_run_id)
            self.think(start, time)
        self.add_thoughts(event, [event.delta], [time])
        return self._run

    def add_thoughts(self, event: ev.ReasoningMessageContent, pieces: list[str], times: list[float]) -> int:
        """Add pieces to the reasoning of a fragment, which has begun; gives how many they are."""
        told = self._thoughts[key_of(event.message_id, event.subagent_run_id)]
        told.item.fragments.extend(pieces, times)
        if told.step is not None:
            count_fragments(self._run, told.step, times[0], times[-1])
        self._run.reasoning_fragments += len(pieces)
        return len(pieces)

    def end_thought(self, event: ev.ReasoningMessageEnd, time: float) -> Run:
        """A piece of reasoning is whole."""
        if (told := self._thoughts.get(key_of(event.message_id, event.subagent_run_id))) is not None:
            told.item.ended = time
        return self._run

    # Both

    def _opened(self, item: T, step: Step | None, agent: str | None, before: str = "") -> _Open[T]:
        own_results = self._own_results.get(agent, 0) if self._results else 0
        return _Open(item, step, self._results, own_results, before)

    def take_result(self, agent: str | None) -> None:
        """A tool has given what an agent asked for: what that says from now on, it says behind it."""
        self._results += 1
        self._own_results[agent] = self._own_results.get(agent, 0) + 1

    def _has_seen_a_result(self, told: _Open[T], agent: str | None) -> bool:
        """Whether a tool has given the agent of the text a result since it last went on."""
        seen, told.results = told.own_results, self._results
        told.own_results = self._own_results.get(agent, 0)
        return told.own_results != seen

    def open_parts(self) -> list[tuple[type[ev.Event], str, str | None]]:
        """What has begun and not ended, as chunks go on with it."""
        kinds = ((ev.TextMessageChunk, self._texts), (ev.ReasoningMessageChunk, self._thoughts))
        return [
            (kind, key if isinstance(key, str) else key[1], None if isinstance(key, str) else key[0])
            for kind, parts in kinds
            for key, told in parts.items()
            if told.item.ended is None
        ]

    def _is_at_work(self) -> bool:
        """Whether the agent has said or done anything."""
        return any(not (isinstance(item, Message) and item.kind is MessageKind.SYSTEM) for item in self._run.items)

    def is_known(self, name: str) -> bool:
        """Whether a text with the sender's id has begun."""
        return name in self._texts

    def has_answered(self, name: str) -> bool:
        """Whether the agent has said its answer, and nothing is known of a user's text of that id."""
        last = self._run.steps[-1].items[-1:] if self._run.steps else []
        is_answer = any(isinstance(item, Message) and item.kind is MessageKind.ANSWER for item in last)
        return is_answer and not (name and (name in self._run.asked or name in self._texts))

    def find(self, name: str) -> Message | Reasoning | None:
        """A text or a reasoning by the sender's id."""
        for parts in (self._thoughts, self._texts):
            for key, told in parts.items():
                if key == name or (isinstance(key, tuple) and key[1] == name):
                    return told.item
        return None


def _again(item: T) -> T:
    """A text that was told is told piece by piece, from its beginning."""
    item.fragments, item.ended, item.is_filled = Fragments(), None, False
    return item


def count_fragments(run: Run, step: Step, first: float, last: float) -> None:
    """Note the moments of fragments that the model sent."""
    if step.first_fragment is None:
        step.first_fragment = first
        if run.first_token is None:
            run.first_token = first
    step.last_fragment = last


def make_preamble(run: Run, step: Step) -> None:
    """A call begins in the step: the texts before it were no answer."""
    for item in step.items:
        if isinstance(item, Message) and item.call_id is None and item.kind is MessageKind.ANSWER:
            item.kind = MessageKind.PREAMBLE
            run.answer_fragments -= len(item.fragments)
            run.tool_fragments += len(item.fragments)
