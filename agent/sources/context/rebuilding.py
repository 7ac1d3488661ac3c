"""What a model call of a recording was given: made anew by the code that makes it live, and held against what is told.

Where the session tells what the call was given besides its turns (`agent.sources.context.given`), the messages are what
was sent, and a digest says whether they are. In any other recording they are what this program would send.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.errors import UsageError
from agent.recordings.contexts import Context, Piece, PieceKind
from agent.recordings.recording import Recording
from agent.sources.context.given import Given, defined_in, digest_of, read_given
from agent.sources.context.history import past_turn, steps_so_far
from agent.sources.context.parts import with_parts
from agent.sources.context.question import question_message
from agent.sources.context.turns import told_runs
from agent.sources.context.window import shortened_results
from agent.sources.models.openai.request import to_wire
from agent.sources.replies.arguments import ArgumentsError, read_arguments
from agent.text import all_well_formed

__all__ = ["context_at", "context_before"]

_ANSWER_TOOL = "final_answer"
_NOT_OURS = "the recording does not tell what was sent"
_OTHERWISE = "what comes of it differs from what was sent, as its digest tells"
_NO_SYSTEM = "the system's message is not known"
_NO_TOOLS = "the tools are not known"


def context_at(recording: Recording, position: int) -> Context:
    """What the model was given in the step that `position` events into a recording lie in.

    Between two steps it is that of the first of them; before a turn's first step, that of that one.

    Raises:
        UsageError: no turn has begun there.
    """
    turns = recording.marks.turns
    place = bisect_left(turns, position)
    if not place:
        raise UsageError("nothing was asked yet at that moment")
    run = _run(recording, place)
    begun = {step.number for step in _last_run(recording, position, run).steps}
    steps = [step.number for step in run.own_steps if step.number in begun]
    first = next((step.number for step in run.own_steps), 1)
    return _context(recording, place, run, steps[-1] if steps else first)


def context_before(recording: Recording, context: Context) -> Context | None:
    """What was given in the model call before that one; None for the first of all."""
    run = _run(recording, context.turn)
    earlier = [step.number for step in run.own_steps if step.number < context.step]
    if earlier:
        return _context(recording, context.turn, run, earlier[-1])
    for place in range(context.turn - 1, 0, -1):
        run = _run(recording, place)
        if steps := run.own_steps:
            return _context(recording, place, run, steps[-1].number)
    return None


def _run(recording: Recording, place: int) -> Run:
    """The turn with that number, as it ends before the next one begins."""
    turns = recording.marks.turns
    return recording.state(turns[place] if place < len(turns) else len(recording)).runs[place - 1]


def _last_run(recording: Recording, position: int, run: Run) -> Run:
    runs = recording.state(position).runs
    return next((one for one in reversed(runs) if one.id == run.id), run)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message and where it comes from."""

    message: BaseMessage
    key: tuple[str, ...]
    turn: int
    kind: PieceKind
    is_cut: bool


def _context(recording: Recording, place: int, run: Run, number: int) -> Context:
    """What step `number` of turn `place` was given."""
    past = recording.state(recording.marks.turns[place - 1])
    step = next((step for step in run.steps if step.number == number), None)
    given = read_given(step, defined_in([*past.runs, run])) if step is not None else None
    sent = [*_past(past, run, given or Given()), *_current(run, place, number, given or Given())]
    system = [SystemMessage(given.system)] if given is not None and given.system is not None else []
    doubts = _doubts(given, [one.message for one in sent])
    tools = given.tools if given is not None else None
    name = (run.model or "").partition(":")[2]
    wire = to_wire([*system, *(one.message for one in sent)], name, given.left_out if given is not None else ())
    return Context(
        run_id=run.id,
        turn=place,
        step=number,
        model=run.model,
        pieces=tuple(_pieces(wire, sent, given, has_system=bool(system))),
        messages=wire,
        tools=tools,
        tool_choice=given.tool_choice if given is not None else None,
        temperature=given.temperature if given is not None else None,
        is_as_sent=not doubts,
        doubts=doubts,
        turns_left_out=given.turns_left_out if given is not None else 0,
    )


def _doubts(given: Given | None, messages: Sequence[BaseMessage]) -> tuple[str, ...]:
    if given is None:
        return (_NOT_OURS, _NO_SYSTEM, _NO_TOOLS)
    doubts = [] if given.digest == digest_of(messages) else [_OTHERWISE]
    if given.system is None:
        doubts.append(_NO_SYSTEM)
    if given.tools is None:
        doubts.append(_NO_TOOLS)
    return tuple(doubts)


# Messages


def _past(past: Conversation, run: Run, given: Given) -> Iterator[_Sent]:
    """The turns behind the question, as many as were told."""
    numbers = {one.id: number for number, one in enumerate(past.runs, start=1)}
    runs = [one for one in past.runs if one.id not in (run.id, run.retry_of)]
    turns = [(one, past_turn(one, run.model, given.past, _ANSWER_TOOL)) for one in told_runs(runs)]
    if given.failed_left_out:
        turns = [(one, turn) for one, turn in turns if not turn.failed]
    for one, turn in turns[given.turns_left_out :]:
        for index, message in enumerate(turn.messages):
            yield _sent(message, (one.id, str(index)), numbers[one.id], PieceKind.PAST, given)


def _current(run: Run, place: int, number: int, given: Given) -> Iterator[_Sent]:
    """The question and what the turn has come to so far."""
    schemas = {
        str(function.get("name")): properties
        for tool in given.tools or ()
        if isinstance(function := tool.get("function"), dict)
        and isinstance(parameters := function.get("parameters"), dict)
        and isinstance(properties := parameters.get("properties"), dict)
    }

    def read(tool: str, text: str) -> dict[str, Any]:
        try:
            return read_arguments(text, schemas.get(tool, {}))
        except ArgumentsError:
            return {}

    asked = question_message(run.question, run.parts)
    yield _sent(asked, (run.id, "0"), place, PieceKind.QUESTION, given)
    index = 0
    for messages in steps_so_far(run, number, read):
        for message in messages:
            index += 1
            yield _sent(message, (run.id, str(index)), place, _kind(message), given)


def _kind(message: BaseMessage) -> PieceKind:
    if isinstance(message, HumanMessage):
        return PieceKind.STEERING
    return PieceKind.RESULT if isinstance(message, ToolMessage) else PieceKind.REPLY


def _sent(message: BaseMessage, key: tuple[str, ...], turn: int, kind: PieceKind, given: Given) -> _Sent:
    if given.parts:
        message = with_parts(message, given.parts)
    cut = 0
    if given.result_share is not None:
        (message,), cut = shortened_results([message], given.result_share)
    return _Sent(message, key, turn, kind, bool(cut))


# Pieces


def _pieces(
    wire: Sequence[dict[str, Any]], sent: Sequence[_Sent], given: Given | None, *, has_system: bool
) -> Iterator[Piece]:
    if has_system:
        text = str(wire[0].get("content"))
        yield Piece(kind=PieceKind.SYSTEM, key=("system",), label="system", text=text, size=_size(wire[0]))
    for tool in (given.tools if given is not None else None) or ():
        function = tool.get("function")
        name = str(function.get("name")) if isinstance(function, dict) else "tool"
        text = _json(function)
        yield Piece(kind=PieceKind.TOOL, key=("tools", name), label=f"tool {name}", text=text, size=_size(tool))
    for one, told in zip(sent, wire[int(has_system) :], strict=True):
        yield from _of_message(one, told)


def _of_message(one: _Sent, wire: Mapping[str, Any]) -> Iterator[Piece]:
    """What a message says, and its reasoning apart."""
    said = {name: value for name, value in wire.items() if name in _SAID}
    thought = {name: value for name, value in wire.items() if name not in _SAID}
    label = f"turn {one.turn} {_label(one, wire)}"
    yield Piece(
        kind=one.kind,
        key=one.key,
        label=label,
        text=_text(wire),
        size=_size(said),
        turn=one.turn,
        is_cut=one.is_cut,
    )
    if thought:
        kind = PieceKind.PAST if one.kind is PieceKind.PAST else PieceKind.REASONING
        yield Piece(
            kind=kind,
            key=(*one.key, "reasoning"),
            label=f"turn {one.turn} reasoning",
            text="\n".join(value if isinstance(value, str) else _json(value) for value in thought.values()),
            size=_size(thought),
            turn=one.turn,
        )


_SAID = frozenset({"role", "content", "tool_calls", "tool_call_id", "name"})


def _label(one: _Sent, wire: Mapping[str, Any]) -> str:
    match one.message:
        case ToolMessage():
            return f"result of {wire.get('name', 'a tool')}"
        case AIMessage():
            calls = [call["function"]["name"] for call in wire.get("tool_calls", ())]
            return f"calls {', '.join(calls)}" if calls else "answer" if one.kind is PieceKind.PAST else "reply"
        case SystemMessage():
            return "instructions"
        case _:
            return "steering" if one.kind is PieceKind.STEERING else "question"


def _text(wire: Mapping[str, Any]) -> str:
    """What a message says: its text, then its calls, a line each."""
    content = wire.get("content")
    lines = [content if isinstance(content, str) else _json(content)] if content else []
    calls = wire.get("tool_calls", ())
    return "\n".join([*lines, *(f"{call['function']['name']} {call['function']['arguments']}" for call in calls)])


def _json(value: Any) -> str:
    return msgspec.json.encode(all_well_formed(value)).decode()


def _size(value: Any) -> int:
    return len(msgspec.json.encode(all_well_formed(value)))
