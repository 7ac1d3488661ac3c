"""Callbacks in, events out: how a reply is gathered from whatever fragments a server sends."""

import asyncio
import json
import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, invalid_tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from agent.events import wire
from agent.sources.executor.callbacks import QueueCallbackHandler
from agent.sources.replies.surrogates import SurrogateJoiner
from agent.text import well_formed
from tests.agent.scripted import of
from tests.agent.strategies import WILD_TEXTS, pieces_of


class Gathering:
    """A handler whose model calls the test makes."""

    def __init__(self, used_call_ids: set[str] | None = None) -> None:
        self.queue: asyncio.Queue[ev.Event] = asyncio.Queue()
        self.handler = QueueCallbackHandler(
            self.queue, answers={"final_answer": "answer"}, used_call_ids=used_call_ids, clock=lambda: 1
        )

    def begin(self, parent: UUID | None = None) -> UUID:
        run_id = self.handler.begin_reply()
        self.handler.on_chat_model_start({}, [[]], run_id=run_id, parent_run_id=parent)
        return run_id

    def chunk(self, run_id: UUID, message: AIMessageChunk) -> None:
        self.handler.on_llm_new_token(message.content, chunk=ChatGenerationChunk(message=message), run_id=run_id)

    def end(self, run_id: UUID, message: AIMessage | None = None) -> None:
        generations = [[ChatGeneration(message=message)]] if message else []
        self.handler.on_llm_end(LLMResult(generations=generations), run_id=run_id)  # type: ignore[arg-type]

    def reply(self, *messages: AIMessageChunk) -> None:
        run_id = self.begin()
        for message in messages:
            self.chunk(run_id, message)
        self.end(run_id)

    def events(self) -> list[ev.Event]:
        events = []
        while not self.queue.empty():
            events.append(self.queue.get_nowait())
        return events


def piece(
    args: str | None = None, *, name: str | None = None, id: str | None = None, index: int | None = None
) -> ToolCallChunk:
    return ToolCallChunk(name=name, args=args, id=id, index=index, type="tool_call_chunk")


def chunks(*pieces: ToolCallChunk) -> list[AIMessageChunk]:
    return [AIMessageChunk(content="", tool_call_chunks=[one]) for one in pieces]


def gathered(*pieces: ToolCallChunk) -> list[tuple[str, str]]:
    """Name and arguments of the calls that these fragments make; the events agree with the reply."""
    gathering = Gathering()
    gathering.reply(*chunks(*pieces))
    calls = [(call.name, call.text) for call in gathering.handler.reply.calls]
    assert [(call.name, call.fragments.text) for call in _state(gathering.events()).calls] == calls
    return calls


def _state(events: list[ev.Event]) -> Run:
    return Conversation([ev.RunStarted(thread_id="t", run_id="r"), *events]).runs[0]


# The oddities of real servers, each by its name


async def test_fragments_of_parallel_calls_that_interleave_are_told_apart_by_index() -> None:
    assert gathered(
        piece("", name="a", id="1", index=0),
        piece("", name="b", id="2", index=1),
        piece("{}", index=1),
        piece('{"x"', index=0),
        piece(":1}", index=0),
    ) == [("a", '{"x":1}'), ("b", "{}")]


async def test_calls_without_an_index_are_told_apart_by_id() -> None:
    assert gathered(piece("{}", name="a", id="1"), piece('{"x":1}', name="b", id="2")) == [
        ("a", "{}"),
        ("b", '{"x":1}'),
    ]


async def test_a_continuation_without_index_and_id_belongs_to_the_last_call() -> None:
    assert gathered(piece("{", name="a", id="1"), piece("", name="b", id="2"), piece("{}")) == [("a", "{"), ("b", "{}")]


async def test_two_calls_with_the_same_index_are_told_apart_by_id() -> None:
    assert gathered(
        piece("{", name="a", id="1", index=0),
        piece("}", index=0),
        piece("[", name="b", id="2", index=0),
        piece("]", index=0),
    ) == [("a", "{}"), ("b", "[]")]


async def test_whole_calls_with_the_same_index_and_no_id_are_told_apart() -> None:
    assert gathered(piece("{}", name="a", index=0), piece('{"x":1}', name="a", index=0)) == [
        ("a", "{}"),
        ("a", '{"x":1}'),
    ]


async def test_a_name_repeated_without_an_id_goes_on_with_the_call_until_it_is_whole() -> None:
    assert gathered(piece("{", name="a", index=0), piece("}", name="a", index=0)) == [("a", "{}")]


async def test_the_first_index_may_be_any_number() -> None:
    assert gathered(piece("", name="a", id="1", index=1), piece("{}", index=1)) == [("a", "{}")]


@pytest.mark.parametrize("empty", ["", None])
async def test_an_empty_id_or_name_on_a_continuation_says_nothing(empty: str | None) -> None:
    assert gathered(piece("{", name="a", id="1", index=0), piece("}", name=empty, id=empty, index=0)) == [("a", "{}")]


async def test_arguments_may_begin_with_none() -> None:
    assert gathered(piece(None, name="a", id="1", index=0), piece("{}", index=0)) == [("a", "{}")]


async def test_a_call_may_come_whole_in_one_chunk() -> None:
    gathering = Gathering()
    gathering.reply(
        AIMessageChunk(content="", tool_call_chunks=[piece("{}", name="a", id="1"), piece("[]", name="b", id="2")])
    )
    assert [(call.name, call.written.pieces) for call in gathering.handler.reply.calls] == [
        ("a", ["{}"]),
        ("b", ["[]"]),
    ]


async def test_id_and_name_may_be_repeated_in_every_fragment() -> None:
    same: dict[str, Any] = {"name": "llm_version", "id": "1", "index": 0}
    assert gathered(piece("{", **same), piece("", **same), piece("}", **same)) == [("llm_version", "{}")]


async def test_an_id_may_come_again_without_its_index() -> None:
    assert gathered(piece("{", name="a", id="1", index=0), piece("}", id="1")) == [("a", "{}")]


async def test_a_call_waits_for_its_name_and_loses_nothing() -> None:
    gathering = Gathering()
    run_id = gathering.begin()
    gathering.chunk(run_id, *chunks(piece('{"x"', id="1", index=0)))
    assert gathering.events() == []
    gathering.chunk(run_id, *chunks(piece(":1}", name="a", index=0)))
    assert [type(event) for event in gathering.events()] == [ev.ToolCallStart, ev.ToolCallArgs, ev.ToolCallArgs]


async def test_a_call_that_never_gets_a_name_is_told_at_the_end() -> None:
    assert gathered(piece("{}", id="1", index=0)) == [("", "{}")]


async def test_several_calls_without_any_id_are_told_apart_by_index() -> None:
    assert gathered(piece("{}", name="a", index=0), piece("[]", name="a", index=1)) == [("a", "{}"), ("a", "[]")]


# Ids


async def test_a_providers_id_is_used_as_it_is() -> None:
    gathering = Gathering()
    gathering.reply(*chunks(piece("{}", name="a", id="call_1")))
    (start,) = of(gathering.events(), ev.ToolCallStart)
    assert (start.tool_call_id, start.metadata) == ("call_1", None)


async def test_an_id_that_the_session_has_used_gets_one_of_ours_and_the_model_keeps_its_own() -> None:
    gathering = Gathering(used_call_ids={"call_1"})
    gathering.reply(*chunks(piece("{}", name="a", id="call_1")))
    (start,) = of(gathering.events(), ev.ToolCallStart)
    assert start.tool_call_id != "call_1"
    assert start.metadata == {"providerId": "call_1"}
    assert gathering.handler.reply.calls[0].provider_id == "call_1"


async def test_an_id_used_in_an_earlier_step_is_a_new_call() -> None:
    gathering = Gathering()
    for _step in range(3):
        gathering.reply(*chunks(piece("{}", name="a", id="call_0")))
    starts = of(gathering.events(), ev.ToolCallStart)
    assert len({start.tool_call_id for start in starts}) == 3
    assert [start.metadata for start in starts[1:]] == [{"providerId": "call_0"}] * 2


async def test_a_call_without_an_id_gets_one() -> None:
    gathering = Gathering()
    gathering.reply(*chunks(piece("{}", name="a", id="", index=0), piece("{}", name="b", id=None, index=1)))
    starts = of(gathering.events(), ev.ToolCallStart)
    assert len({start.tool_call_id for start in starts} - {""}) == 2
    assert [call.provider_id for call in gathering.handler.reply.calls] == [start.tool_call_id for start in starts]


async def test_ids_that_no_file_could_hold_stay_unique() -> None:
    gathering = Gathering()
    for _step in range(2):
        gathering.reply(*chunks(piece("{}", name="a\ud800", id="\ud800")))
    starts = of(gathering.events(), ev.ToolCallStart)
    assert len({start.tool_call_id for start in starts}) == 2
    assert all(wire.decode(wire.encode(start)) == start for start in starts)


# Text and reasoning


async def _spoken(*messages: AIMessageChunk) -> tuple[str, str]:
    """Text and reasoning."""
    gathering = Gathering()
    gathering.reply(*messages)
    events = gathering.events()
    assert [type(event) for event in events].count(ev.ReasoningStart) == len(of(events, ev.ReasoningEnd))
    return (
        "".join(event.delta for event in of(events, ev.TextMessageContent)),
        "".join(event.delta for event in of(events, ev.ReasoningMessageContent)),
    )


@pytest.mark.parametrize(
    "message",
    [
        AIMessageChunk(content="", additional_kwargs={"reasoning_content": "hm"}),
        AIMessageChunk(content=[{"type": "reasoning", "reasoning": "hm"}]),
        AIMessageChunk(content=[{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}]),
        AIMessageChunk(content=[{"type": "thinking", "thinking": "hm"}]),
        AIMessageChunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]),
    ],
    ids=["compatible servers", "standard block", "Responses summary", "Anthropic", "Mistral"],
)
async def test_reasoning_arrives_in_every_form(message: AIMessageChunk) -> None:
    assert await _spoken(message, *[AIMessageChunk(content="20")]) == ("20", "hm")


async def test_content_may_be_a_list_of_parts() -> None:
    parts: list[str | dict[str, Any]] = [{"type": "text", "text": "a"}, "b", {"type": "image_url"}, {"type": "text"}]
    assert await _spoken(AIMessageChunk(content=parts)) == ("ab", "")


async def test_a_refusal_is_text() -> None:
    assert await _spoken(AIMessageChunk(content=[{"type": "refusal", "refusal": "No."}])) == ("No.", "")


async def test_text_reasoning_and_calls_end_where_another_begins() -> None:
    gathering = Gathering()
    gathering.reply(
        AIMessageChunk(content="", additional_kwargs={"reasoning_content": "hm"}),
        AIMessageChunk(content="Let me see."),
        *chunks(piece('{"x": 1}', name="a", id="1")),
        AIMessageChunk(content="And?"),
    )
    assert [type(event).__name__ for event in gathering.events()] == [
        "ReasoningStart",
        "ReasoningMessageStart",
        "ReasoningMessageContent",
        "ReasoningMessageEnd",
        "ReasoningEnd",
        "TextMessageStart",
        "TextMessageContent",
        "TextMessageEnd",
        "ToolCallStart",
        "ToolCallArgs",
        "TextMessageStart",
        "TextMessageContent",
        "TextMessageEnd",
    ]


async def test_a_chunk_without_content_begins_nothing() -> None:
    gathering = Gathering()
    run_id = gathering.begin()
    gathering.chunk(run_id, AIMessageChunk(content=""))
    assert gathering.events() == []
    assert not gathering.handler.reply.begun


@given(WILD_TEXTS, st.data())
async def test_surrogate_halves_are_joined_across_fragments(text: str, data: st.DataObject) -> None:
    pieces = data.draw(st.composite(lambda draw: pieces_of(draw, text))())
    reasonings = [AIMessageChunk(content="", additional_kwargs={"reasoning_content": one}) for one in pieces]
    assert await _spoken(*[AIMessageChunk(content=one) for one in pieces]) == (well_formed(text), "")
    assert await _spoken(*reasonings) == ("", well_formed(text))
    start = piece("", name="a", id="1", index=0)
    assert gathered(start, *(piece(one, index=0) for one in pieces)) == [("a", well_formed(text))]


@given(WILD_TEXTS, st.data())
def test_the_joiner_gives_well_formed_text_whatever_the_cuts(text: str, data: st.DataObject) -> None:
    joiner = SurrogateJoiner()
    pieces = data.draw(st.composite(lambda draw: pieces_of(draw, text))())
    given_out = [joiner.feed(one) for one in pieces]
    for one in given_out:
        one.encode()
    assert "".join(given_out) + joiner.end() == well_formed(text)
    assert joiner.end() == ""


# The answer inside its call


@given(WILD_TEXTS, st.lists(st.text(max_size=3)), st.booleans(), st.data())
async def test_the_answer_is_told_as_text_while_its_call_is_written(
    answer: str, used: list[str], ascii_only: bool, data: st.DataObject
) -> None:
    text = json.dumps({"tools_used": used, "answer": answer}, ensure_ascii=ascii_only)
    pieces = data.draw(st.composite(lambda draw: pieces_of(draw, text))())
    gathering = Gathering()
    gathering.reply(*chunks(piece("", name="final_answer", id="1", index=0), *(piece(one, index=0) for one in pieces)))
    events = gathering.events()
    run = _state(events)
    assert "".join(message.fragments.text for message in run.messages) == well_formed(answer)
    assert all(message.call_id == "1" for message in run.messages)
    assert len(of(events, ev.TextMessageStart)) == len(of(events, ev.TextMessageEnd)) == bool(answer)
    assert all(event.delta for event in of(events, ev.TextMessageContent))


async def test_the_answer_is_shown_before_its_call_is_complete() -> None:
    gathering = Gathering()
    run_id = gathering.begin()
    gathering.chunk(run_id, *chunks(piece('{"answer":"It is', name="final_answer", id="1", index=0)))
    assert [event.delta for event in of(gathering.events(), ev.TextMessageContent)] == ["It is"]
    gathering.chunk(run_id, *chunks(piece(" 20", index=0)))
    assert [event.delta for event in of(gathering.events(), ev.TextMessageContent)] == [" 20"]


async def test_other_tools_with_an_answer_argument_tell_no_text() -> None:
    gathering = Gathering()
    gathering.reply(*chunks(piece('{"answer":"x"}', name="quiz", id="1")))
    assert of(gathering.events(), ev.TextMessageStart) == []


# The end of a reply


@pytest.mark.parametrize("key", ["finish_reason", "stop_reason", "done_reason", "status"])
async def test_the_finish_reason_is_read_by_every_providers_name(key: str) -> None:
    gathering = Gathering()
    gathering.reply(AIMessageChunk(content="a"), AIMessageChunk(content="", response_metadata={key: "stop"}))
    assert gathering.handler.reply.finish_reason == "stop"


async def test_a_later_chunk_without_a_reason_does_not_take_it_back() -> None:
    gathering = Gathering()
    reason = AIMessageChunk(content="", response_metadata={"finish_reason": "length"})
    gathering.reply(AIMessageChunk(content="a"), reason, AIMessageChunk(content=""))
    assert gathering.handler.reply.finish_reason == "length"


def _usage(input_tokens: int, output_tokens: int, reasoning: int | None = None) -> AIMessageChunk:
    usage = UsageMetadata(input_tokens=input_tokens, output_tokens=output_tokens, total_tokens=0)
    if reasoning is not None:
        usage["output_token_details"] = OutputTokenDetails(reasoning=reasoning)
    return AIMessageChunk(content="", usage_metadata=usage, response_metadata={"model_name": "m-1"})


async def test_usage_is_the_largest_count_however_often_it_is_told() -> None:
    gathering = Gathering()
    gathering.reply(_usage(10, 0), _usage(0, 3, reasoning=2), _usage(0, 7))
    usage = ev.TokenUsage(model="m-1", input_tokens=10, output_tokens=7, total_tokens=17, reasoning_tokens=2)
    assert gathering.handler.reply.usage == usage


async def test_a_reply_without_usage_says_so() -> None:
    gathering = Gathering()
    gathering.reply(AIMessageChunk(content="a"))
    assert gathering.handler.reply.usage is None


@pytest.mark.parametrize("error", [ValueError("broken"), asyncio.CancelledError()])
async def test_a_reply_that_fails_is_closed_and_kept(error: BaseException) -> None:
    gathering = Gathering()
    run_id = gathering.begin()
    gathering.chunk(run_id, AIMessageChunk(content="half"))
    gathering.handler.on_llm_error(error, run_id=run_id)
    assert gathering.handler.reply.text == ["half"]
    assert isinstance(gathering.events()[-1], ev.TextMessageEnd)


async def test_a_model_that_does_not_stream_tells_the_same() -> None:
    whole = AIMessage(
        "Let me see.",
        tool_calls=[{"name": "add", "args": {"x": 1}, "id": "1"}, {"name": "add", "args": {}, "id": None}],
        response_metadata={"finish_reason": "tool_calls"},
    )
    gathering = Gathering()
    gathering.end(gathering.begin(), whole)
    reply = gathering.handler.reply
    assert [(call.name, call.text) for call in reply.calls] == [("add", '{"x": 1}'), ("add", "{}")]
    assert reply.text == ["Let me see."]
    assert reply.finish_reason == "tool_calls"
    assert len(of(gathering.events(), ev.ToolCallStart)) == 2


async def test_broken_arguments_of_a_model_that_does_not_stream_are_kept_as_they_are() -> None:
    broken = invalid_tool_call(name="add", args='{"x": 1', id="1", error=None)
    gathering = Gathering()
    gathering.end(gathering.begin(), AIMessage("", invalid_tool_calls=[broken]))
    assert [(call.name, call.written.pieces) for call in gathering.handler.reply.calls] == [("add", ['{"x": 1'])]


async def test_the_end_does_not_repeat_what_was_streamed() -> None:
    gathering = Gathering()
    run_id = gathering.begin()
    gathering.chunk(run_id, AIMessageChunk(content="once"))
    gathering.end(run_id, AIMessage("once"))
    assert gathering.handler.reply.text == ["once"]


async def test_a_new_model_call_begins_anew() -> None:
    gathering = Gathering()
    gathering.reply(*chunks(piece("{}", name="a", id="1", index=0)))
    gathering.reply(*chunks(piece("[]", name="b", id="2", index=0)))
    assert [call.name for call in gathering.handler.reply.calls] == ["b"]
    assert gathering.handler.reply.calls[0].written.pieces == ["[]"]


async def test_only_what_was_asked_for_and_what_it_runs_inside_is_told() -> None:
    gathering = Gathering()
    asked, attempt, around = gathering.handler.begin_reply(), uuid4(), uuid4()
    gathering.handler.on_chain_start(None, {}, run_id=around, parent_run_id=asked)
    gathering.handler.on_chain_start(None, {}, run_id=uuid4(), parent_run_id=uuid4())
    for run_id, parent in ((uuid4(), None), (uuid4(), uuid4()), (attempt, around)):
        gathering.handler.on_chat_model_start({}, [[]], run_id=run_id, parent_run_id=parent)
        gathering.chunk(run_id, AIMessageChunk(content="ours" if run_id == attempt else "another's"))
    assert "".join(gathering.handler.reply.text) == "ours"


async def test_a_run_that_has_a_parent_of_its_own_is_told_all_the_same() -> None:
    gathering = Gathering()
    run_id = gathering.begin(parent=uuid4())
    gathering.chunk(run_id, AIMessageChunk(content="inside a node"))
    assert gathering.handler.reply.text == ["inside a node"]


def test_what_comes_after_the_loop_is_closed_is_dropped() -> None:
    async def make() -> Gathering:
        return Gathering()

    gathering = asyncio.run(make())
    run_id = gathering.begin()
    thread = threading.Thread(target=gathering.chunk, args=(run_id, AIMessageChunk(content="late")))
    thread.start()
    thread.join()
    assert gathering.queue.empty()
