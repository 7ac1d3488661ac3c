"""A turn's messages that are told whole, put among what events have told of it.

They fill in what no event told, and repeat nothing: a message that is known, by its id or by its words, is passed
over, and what stands between two known ones is put there.
"""

from collections.abc import Sequence

from agent.conversation.folding.told import SYSTEM_ROLES
from agent.conversation.items import Activity, CallStatus, Item, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.run import Run, Step
from agent.conversation.turn.calls import take_result
from agent.conversation.turn.content import plain_text
from agent.conversation.turn.names import Names
from agent.conversation.turn.texts import make_preamble
from agent.events.types import InputMessage

__all__ = ["fill", "is_missing"]


def is_missing(run: Run, messages: Sequence[InputMessage]) -> bool:
    """Whether `fill` would change the run."""
    ids = {item.id for item in run.items} | {call.wire_id for call in run.calls}
    words = {item.fragments.text.strip() for item in run.items if isinstance(item, Message | Reasoning)}
    waiting = {call.wire_id for call in run.calls if call.result is None}
    activities = {activity.id for activity in run.activities}
    for message in messages:
        if message.role == "tool":
            if message.tool_call_id in waiting:
                return True
        elif message.role == "activity":
            if message.id not in activities:
                return True
        elif (text := plain_text(message.content).strip()) and text not in words and message.id not in ids:
            return True
        if any(call.id not in ids for call in message.tool_calls or ()):
            return True
    return False


def fill(run: Run, messages: Sequence[InputMessage], time: float) -> bool:
    """Fill in what the run does not tell of these messages, all of its turn; gives whether that was anything."""
    return _Filling(run, time).fill(messages)


class _Filling:
    """Messages, one after the other, compared with the items of a run."""

    def __init__(self, run: Run, time: float) -> None:
        self._run = run
        self._time = time
        self._names = Names()
        self._names.take(item.id for item in run.items)
        self._by_id: dict[str, Item] = {item.id: item for item in run.items}
        self._by_id |= {call.wire_id: call for call in run.calls}
        self._by_words: dict[str, Item] = {}
        for item in run.items:
            if isinstance(item, Message | Reasoning):
                self._by_words.setdefault(item.fragments.text.strip(), item)
        self._step: Step | None = run.steps[0] if run.steps else None
        self._place = 0
        """Where in that step the next message belongs."""
        self._changed = False

    def fill(self, messages: Sequence[InputMessage]) -> bool:
        for message in messages:
            match message.role:
                case "assistant":
                    self._assistant(message)
                case "tool":
                    self._result(message)
                case "reasoning":
                    text = plain_text(message.content)
                    if not self._is_known(message, text):
                        reasoning = Reasoning(
                            id=self._names.new(message.id, "reasoning"),
                            started=self._time,
                            ended=self._time,
                            is_filled=True,
                            encrypted=message.encrypted_value,
                        )
                        reasoning.fragments.extend([text], [self._time])
                        self._put(reasoning)
                case "activity":
                    self._activity(message)
                case role if role in SYSTEM_ROLES:
                    self._text(message, MessageKind.SYSTEM)
                case "user":
                    self._text(message, MessageKind.INNER)
        return self._changed

    def _assistant(self, message: InputMessage) -> None:
        inner = message.subagent_run_id is not None
        self._text(message, MessageKind.INNER if inner else MessageKind.ANSWER)
        for told in message.tool_calls or ():
            if (known := self._by_id.get(told.id)) is not None and isinstance(known, ToolCall):
                self._pass(known)
                known.name = known.name or told.function.name
                if not len(known.fragments) and told.function.arguments:
                    known.fragments.extend([told.function.arguments], [self._time])
                    self._changed = True
                continue
            name = self._names.new(told.id, "call")
            call = ToolCall(
                id=name,
                sender_id=None if name == told.id else told.id,
                name=told.function.name,
                status=CallStatus.READY if self._run.is_open else CallStatus.UNTOLD,
                started=self._time,
                args_ended=self._time,
                ended=None if self._run.is_open else self._time,
                message_id=message.id or None,
                is_filled=True,
                encrypted=told.encrypted_value,
            )
            call.fragments.extend([told.function.arguments], [self._time])
            self._by_id[told.id] = call
            make_preamble(self._run, self._put(call))

    def _text(self, message: InputMessage, kind: MessageKind) -> None:
        text = plain_text(message.content)
        if not text.strip() or self._is_known(message, text):
            return
        item = Message(
            id=self._names.new(message.id, "text"),
            kind=kind,
            name=message.name or None,
            started=self._time,
            ended=self._time,
            is_filled=True,
            encrypted=message.encrypted_value,
        )
        item.fragments.extend([text], [self._time])
        self._put(item)

    def _result(self, message: InputMessage) -> None:
        call = self._by_id.get(message.tool_call_id or "")
        if not isinstance(call, ToolCall):
            return
        self._pass(call)
        if call.result is None:
            take_result(call, message.content, message.error, message.metadata, self._time)
            call.result_id = message.id or None
            self._changed = True

    def _activity(self, message: InputMessage) -> None:
        if all(activity.id != message.id for activity in self._run.activities):
            kind = message.activity_type or "activity"
            self._run.activities.append(Activity(id=message.id, type=kind, content=message.content))
            self._changed = True

    def _is_known(self, message: InputMessage, text: str) -> bool:
        """Whether there is such an item; what comes next belongs behind it."""
        known = self._by_id.get(message.id) if message.id else None
        if known is None or isinstance(known, ToolCall):
            known = self._by_words.get(text.strip())
        if known is None or isinstance(known, ToolCall):
            return False
        self._pass(known)
        return True

    def _pass(self, known: Item) -> None:
        for step in self._run.steps:
            for place, item in enumerate(step.items):
                if item is known:
                    self._step, self._place = step, place + 1
                    return

    def _put(self, item: Item) -> Step:
        if self._step is None:
            self._step = Step(name="", number=1, started=self._time)
            if not self._run.is_open:
                self._step.ended = self._time
            self._run.steps.append(self._step)
        step = self._step
        step.items.insert(self._place, item)
        if isinstance(item, Message | Reasoning):
            self._by_words.setdefault(item.fragments.text.strip(), item)
        self._place += 1
        self._changed = True
        return step
