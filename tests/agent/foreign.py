"""A stream captured from an agent that is none of ours: Pydantic AI, through its own AG-UI adapter."""

from collections.abc import AsyncIterator
from typing import Any

from ag_ui.core import RunAgentInput, UserMessage
from pydantic_ai import Agent
from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.ui.ag_ui import AGUIAdapter

__all__ = ["agents_stream"]


async def _answer(messages: list[Any], _info: Any) -> AsyncIterator[Any]:
    """Reason, look up two cities at once, then tell of both."""
    if len(messages) > 1:
        for word in ("It is 21 ", "degrees ", "in both."):
            yield word
        return
    yield {0: DeltaThinkingPart(content="I should ")}
    yield {0: DeltaThinkingPart(content="look it up.")}
    yield {1: DeltaToolCall(name="weather", json_args='{"city":', tool_call_id="c1")}
    yield {1: DeltaToolCall(json_args='"Berlin"}')}
    yield {2: DeltaToolCall(name="weather", json_args='{"city":"Rome"}', tool_call_id="c2")}


def weather(city: str) -> str:
    return f"{city}: 21"


async def agents_stream() -> bytes:
    """Two runs, as its adapter sends them: a server's event stream; the second of the library's own test model."""
    question = UserMessage(id="u", role="user", content="How warm is it in Berlin and Rome?")
    given = RunAgentInput(
        thread_id="t", run_id="r", messages=[question], state={}, tools=[], context=[], forwarded_props={}
    )
    stream = ""
    for model in (FunctionModel(stream_function=_answer), "test"):
        agent = Agent(model, tools=[weather])
        adapter: AGUIAdapter[None, str] = AGUIAdapter(agent=agent, run_input=given)
        stream += "".join([line async for line in adapter.encode_stream(adapter.run_stream())])
    return stream.encode()
