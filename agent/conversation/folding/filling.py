"""Messages that a stream tells whole: a snapshot of the thread, or the earlier messages of a run's input.

They fill in what no event told, and repeat nothing: a message that is known, by its id or by its words, is passed
over, and what stands between two known ones is put there. Messages are read as turns, each from a user's message up to
the next (https://docs.ag-ui.com/concepts/messages).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.conversation.folding.calls import take_result
from agent.conversation.folding.content import attachments, plain_text, question_text
from agent.conversation.folding.names import Names
from agent.conversation.folding.texts import make_preamble
from agent.conversation.items import Activity, CallStatus, Item, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.run import Run, Step
from agent.events.types import InputMessage

__all__ = ["Told", "fill", "is_missing", "new_questions", "turns_of"]

_SYSTEM = frozenset({"system", "developer"})


@dataclass(slots=True)
class Told:
    """A turn as messages tell it."""

    questions: list[InputMessage] = field(default_factory=list)
    rest: list[InputMessage] = field(default_factory=list)
    """What came of it, in order."""

    @property
    def question(self) -> str:
        """The user's messages as one text."""
        return "\n\n".join(question_text(message.content) for message in self.questions)

    @property
    def asked(self) -> list[str]:
        """Their ids, as far as they have some."""
        return [message.id for message in self.questions if message.id]

    @property
    def attachments(self) -> list[str]:
        """What in them is no text."""
        return [name for message in self.questions for name in attachments(message.content)]

    @property
    def parts(self) -> list[Any]:
        """The same as it was told."""
        contents = [message.content for message in self.questions if isinstance(message.content, list)]
        return [part for content in contents for part in content if not plain_text([part])]

    def is_of(self, run: Run) -> bool:
        """Whether the run is this turn: by its question, or by what was said."""
        if self.questions and (run.question or run.asked):
            same_id = bool(set(self.asked) & set(run.asked))
            return run.question.strip() == self.question.strip() or (same_id and _is_part(self.question, run.question))
        ids = {message.id for message in self.rest if message.id}
        words = {plain_text(message.content).strip() for message in self.rest if message.role == "assistant"} - {""}
        return any(
            item.id in ids or (isinstance(item, Message) and item.fragments.text.strip() in words) for item in run.items
        )


def _is_part(one: str, other: str) -> bool:
    return one in other or other in one


def turns_of(messages: Sequence[InputMessage]) -> list[Told]:
    """The turns that messages tell; what stands before the first question is a turn without one."""
    turns: list[Told] = []
    for message in messages:
        is_question = message.role == "user" and message.subagent_run_id is None
        if is_question and (not turns or turns[-1].rest):
            turns.append(Told([message]))
        elif is_question:
            turns[-1].questions.append(message)
        elif turns or message.role not in _SYSTEM:
            if not turns:
                turns.append(Told())
            turns[-1].rest.append(message)
    return turns


def _is_known_question(message: InputMessage, runs: Sequence[Run]) -> bool:
    """Whether one of the runs asks what the message does, by its id and words; without an id, by its words."""
    text = question_text(message.content).strip()
    for run in reversed(runs):
        if text in run.question and (message.id in run.asked or (not message.id and run.question.strip() == text)):
            return True
    return False


def new_questions(messages: Sequence[InputMessage], runs: Sequence[Run]) -> Told:
    """What a run's input asks anew: the user's messages at its end that no run has asked; the last, if all have been.

    What stands behind them, as results of a client's tools do, is in `rest`.
    """
    told = Told()
    for message in reversed(messages):
        if message.role == "user":
            if told.questions and _is_known_question(message, runs):
                break
            told.questions.insert(0, message)
        elif told.questions and message.role not in _SYSTEM:
            break
        elif not told.questions:
            told.rest.insert(0, message)
    return told


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
        self._names = Names(item.id for item in run.items)
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
                case role if role in _SYSTEM:
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
