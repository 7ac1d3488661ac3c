"""A reply that is told chunk by chunk: in order, none left out, and whole for whoever traces it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk, LLMResult
from langchain_core.runnables import Runnable, RunnableLambda

from agent.sources.models.telling import telling
from tests.agent.scripted import ScriptedModel

_WORDS = st.text("ab {}\"':,1", min_size=1, max_size=4)
_REPLIES = st.tuples(st.lists(_WORDS, max_size=150), st.lists(st.tuples(st.integers(0, 1), _WORDS), max_size=150))


class _Tracer(AsyncCallbackHandler):
    """Keeps the whole message, and counts the pieces that it was given in."""

    def __init__(self) -> None:
        self.message: BaseMessage | None = None
        self.pieces = 0

    async def on_llm_new_token(self, *args: Any, **kwargs: Any) -> None:
        self.pieces += 1

    async def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        generation = response.generations[0][0]
        assert isinstance(generation, ChatGenerationChunk)
        self.message = generation.message


def _chunks(words: list[str], arguments: list[tuple[int, str]]) -> list[AIMessageChunk]:
    chunks = [AIMessageChunk(content=word) for word in words]
    for index in {index for index, _ in arguments}:
        piece = ToolCallChunk(id=f"call_{index}", name="add", args="", index=index, type="tool_call_chunk")
        chunks.append(AIMessageChunk(content="", tool_call_chunks=[piece]))
    for index, args in arguments:
        piece = ToolCallChunk(id=None, name=None, args=args, index=index, type="tool_call_chunk")
        chunks.append(AIMessageChunk(content="", tool_call_chunks=[piece]))
    usage = {"input_tokens": 3, "output_tokens": len(chunks), "total_tokens": 3 + len(chunks)}
    end = AIMessageChunk(content="", response_metadata={"finish_reason": "stop"}, usage_metadata=usage)  # type: ignore[arg-type]
    return [*chunks, end]


async def _traced(model: Runnable[Any, Any]) -> _Tracer:
    tracer = _Tracer()
    async for _chunk in model.astream([HumanMessage("q")], config={"callbacks": [tracer]}):
        pass
    return tracer


@given(_REPLIES)
async def test_each_chunk_is_told_and_who_traces_gets_the_reply_that_it_would_get_without(
    reply: tuple[list[str], list[tuple[int, str]]],
) -> None:
    told: list[str] = []

    async def tell(chunk: ChatGenerationChunk) -> None:
        piece = chunk.message
        assert isinstance(piece, AIMessageChunk)
        told.append(piece.text + "".join(call["args"] or "" for call in piece.tool_call_chunks))

    words, arguments = reply
    model = telling(ScriptedModel(replies=[_chunks(*reply)]).bind(stop=["."]), tell)
    assert model is not None
    tracer, plain = await _traced(model), await _traced(ScriptedModel(replies=[_chunks(*reply)]))
    assert "".join(told) == "".join(words) + "".join(args for _, args in arguments)
    assert tracer.pieces <= 3 + len(told) // 64
    assert tracer.message is not None
    assert plain.message is not None
    assert tracer.message.model_dump(exclude={"id"}) == plain.message.model_dump(exclude={"id"})


async def test_what_streams_in_a_way_of_its_own_is_left_to_langchain() -> None:
    async def tell(chunk: ChatGenerationChunk) -> None:
        raise AssertionError(chunk)

    model = ScriptedModel(replies=[])
    others = [
        RunnableLambda(lambda _: "whole"),
        model.with_fallbacks([model]),
        ScriptedModel(replies=[], disable_streaming=True),
        ScriptedModel(replies=[], output_version="v1"),
    ]
    assert [telling(other, tell) for other in others] == [None] * len(others)
