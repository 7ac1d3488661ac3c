"""The context of a model call: what a recording says that it was given is what a server got."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.tools import tool

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.errors import UsageError
from agent.events import types as ev
from agent.events.wire import encode
from agent.recordings.contexts import Change, Context, PieceKind, changes, sizes
from agent.recordings.recording import Recording
from agent.runs.run import Run
from agent.sources.context.rebuilding import context_at, context_before
from agent.sources.executor.loop import AgentExecutor
from agent.sources.models.openai.model import OpenAIChat
from agent.sources.tools.load import default_tools
from tests.agent.sources.models.loopback import Loopback, Response, events, loopback
from tests.agent.strategies import FEWER, conversations

NAMES = st.sampled_from(["add", "look", "send", "no such tool!"])
ARGUMENTS = st.sampled_from(
    [
        '{"x": 1, "y": 2}',
        '{"words": "a\\u00e9\\ud83d\\ude00", "most": 9}',
        '{"x": "[1, 2]"}',
        '"{\\"x\\": 1}"',
        "{",
        "[]",
        "",
    ]
)
LONG = "a long result that has to be cut " * 400


@tool
def look(words: str = "", most: int = 0) -> str:
    """Look something up."""
    return LONG if most else f"found {words}"


@tool
def send(x: Any = None, y: int = 0) -> str:
    """Send something."""
    return f"sent {x} {y}"


def _delta(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def _end(reason: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": {"prompt_tokens": 9}}


@st.composite
def replies(draw: st.DrawFn, is_last: bool) -> Response:
    """One reply of a model: thoughts, text and calls, with all that can be wrong with these."""
    chunks = []
    if draw(st.booleans()):
        chunks.append(_delta(reasoning_content=draw(st.sampled_from(["Hm.", "Let me think\n"]))))
    if draw(st.booleans()) or is_last:
        chunks.append(_delta(content=draw(st.sampled_from(["Well, ", "<think>x</think>\nSo: é", "In short"]))))
    calls = 0 if is_last else draw(st.integers(1, 3))
    for index in range(calls):
        function = {"name": draw(NAMES), "arguments": draw(ARGUMENTS)}
        id = draw(st.sampled_from([f"call_{index}", "same", ""]))
        chunks.append(_delta(tool_calls=[{"index": index, "id": id, "type": "function", "function": function}]))
    return Response(body=events(*chunks, _end("tool_calls" if calls else "stop")))


TURNS = st.lists(
    st.tuples(st.integers(0, 2).flatmap(lambda count: st.tuples(*[replies(False)] * count, replies(True)))),
    min_size=1,
    max_size=3,
)


async def _asked(
    served: Loopback, question: str, history: Conversation, executor: AgentExecutor, *, steer: bool = False
) -> list[ev.Event]:
    """The events of a turn; calls that ask run with other arguments."""
    told: list[ev.Event] = []
    async with executor.stream(question, history) as run:
        if steer:
            run.steer("and be quick")
        async for event in run:
            told.append(event)
            _decide(run, event)
    return told


def _decide(run: Run, event: ev.Event) -> None:
    if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
        run.decide(event.value["toolCallId"], Decision("once", arguments={"x": "edited"}))


def _executor(served: Loopback, **options: Any) -> AgentExecutor:
    model = OpenAIChat(model="m", base_url=served.url, temperature=0.5)
    tools = [*default_tools(), look, send]
    return AgentExecutor(model, tools, 3, model_name="openai:m", needs_approval=["send"], **options)


def _contexts(told: Sequence[ev.Event]) -> list[Context]:
    """The context of each step that was told, in order."""
    recording = Recording.of(told)
    steps = [number + 1 for number, event in enumerate(told) if isinstance(event, ev.StepStarted)]
    found = [context_at(recording, position) for position in steps]
    for before, now in zip([None, *found], found, strict=False):
        assert context_before(recording, now) == before
    return found


@FEWER
@given(TURNS, st.sampled_from([None, 20_000, 3_500]), st.booleans())
async def test_the_context_of_every_step_is_what_a_server_got(
    turns: list[tuple[tuple[Response, ...]]], window: int | None, steer: bool
) -> None:
    told: list[ev.Event] = []
    async with loopback(*(response for (turn,) in turns for response in turn)) as served:
        executor = _executor(served, window=window)
        for number, _ in enumerate(turns):
            history = Conversation(told)
            told += await _asked(served, f"question {number} é", history, executor, steer=steer)
            served.responses = [response for (turn,) in turns[number + 1 :] for response in turn]
    contexts = _contexts(told)
    assert len(contexts) == len(served.requests)
    for context, body in zip(contexts, served.requests, strict=True):
        assert context.messages == body["messages"]
        assert context.tools == body["tools"]
        assert (context.temperature, context.tool_choice) == (0.5, "any")
        assert (context.is_as_sent, context.doubts) == (True, ())
        assert sum(sizes(context).values()) == context.size


async def test_what_a_server_refuses_or_has_no_room_for_is_not_in_the_context() -> None:
    refused = [
        Response(
            status=400,
            body=b'{"error": {"message": "Unsupported parameter: \'temperature\'"}}',
            content_type="application/json",
        ),
        Response(body=events(_delta(content="Yes."), _end("stop"))),
    ]
    async with loopback(*refused) as served:
        told = await _asked(served, "q", Conversation(), _executor(served))
    (context,) = _contexts(told)
    assert "temperature" not in served.requests[-1]
    assert (context.temperature, context.messages) == (None, served.requests[-1]["messages"])
    assert len([event for event in told if isinstance(event, ev.Custom) and event.name == ev.GIVEN]) == 2


async def test_system_and_tools_are_told_once_a_session_and_no_secret_is() -> None:
    answers = [Response(body=events(_delta(content="Yes."), _end("stop"))) for _ in range(2)]
    key = "sk-live-0123456789abcdef"
    async with loopback(*answers) as served:
        executor = _executor(served, system=f"Be kind. {key}")
        told = await _asked(served, "q", Conversation(), executor)
        told += await _asked(served, "r", Conversation(told), executor)
    first, second = _contexts(told)
    lines = b"\n".join(map(encode, told)).decode()
    assert lines.count("Look something up.") == 1
    assert key not in lines
    assert served.url not in lines
    assert second.tools == first.tools == served.requests[1]["tools"]
    assert second.messages[1:] == served.requests[1]["messages"][1:]


async def test_what_is_new_since_the_call_before_is_told() -> None:
    calls = _delta(tool_calls=[{"index": 0, "id": "c", "function": {"name": "look", "arguments": '{"words": "x"}'}}])
    answers = [
        Response(body=events(_delta(reasoning_content="Hm."), calls, _end("tool_calls"))),
        Response(body=events(_delta(content="Found."), _end("stop"))),
    ]
    async with loopback(*answers) as served:
        first, second = _contexts(await _asked(served, "q", Conversation(), _executor(served)))
    assert {change for change, _ in changes(None, first)} == {Change.ADDED}
    added = [(piece.kind, piece.label) for change, piece in changes(first, second) if change is not Change.KEPT]
    assert added == [
        (PieceKind.REPLY, "turn 1 calls look"),
        (PieceKind.REASONING, "turn 1 reasoning"),
        (PieceKind.RESULT, "turn 1 result of look"),
    ]
    gone = {piece.label: change for change, piece in changes(second, first) if change is not Change.KEPT}
    assert gone == dict.fromkeys(["turn 1 calls look", "turn 1 reasoning", "turn 1 result of look"], Change.DROPPED)


@given(conversations(), st.data())
def test_the_context_of_any_recording_can_be_made_and_says_that_it_was(
    told: list[ev.Event], data: st.DataObject
) -> None:
    recording = Recording.of(told)
    position = data.draw(st.integers(0, len(told)))
    if not any(isinstance(event, ev.RunStarted) for event in told[:position]):
        with pytest.raises(UsageError, match="nothing was asked yet"):
            context_at(recording, position)
        return
    context = context_at(recording, position)
    assert not context.is_as_sent
    assert "the system's message is not known" in context.doubts
    assert context.turn == len(Conversation(told[:position]).runs)
    before = context_before(recording, context)
    assert before is None or (before.turn, before.step) < (context.turn, context.step)
    assert all(json.dumps(message) for message in context.messages)
