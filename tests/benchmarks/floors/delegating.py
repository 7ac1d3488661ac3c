"""An agent that gives each load of a question to a sub-agent, all at once; named with `--agent`.

Its own model is a few lines that ask for nothing; the sub-agents ask the server of the benchmarks.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from tests.benchmarks.load import Load

__all__ = ["graph"]


class _Splitter(BaseChatModel):
    """Calls `delegate` for each load of the question, and says the end of it when their results are there."""

    @property
    def _llm_type(self) -> str:
        return "splitter"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, Any]:
        """Itself: it knows what it calls."""
        return self

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        question, last = [one.text for one in messages if one.type == "human"][-1], messages[-1]
        if last.type == "tool":
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"All of it: {_end(question)}"))
            return
        for number, task in enumerate(question.split(" | ")):
            call = {"name": "delegate", "args": json.dumps({"task": task}), "id": f"call_{number}", "index": number}
            piece = {**call, "type": "tool_call_chunk"}
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[piece]))  # type: ignore[list-item]

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError("it streams")


@tool
async def delegate(task: str) -> str:
    """Have another agent do it."""
    load = Load.parse(task)
    worker = create_agent(ChatOpenAI(model="bench"), [note], name=f"worker {load.mark if load else 0}")
    told = await worker.ainvoke({"messages": [HumanMessage(task)]})
    return str(told["messages"][-1].text)


@tool("note", args_schema={"type": "object", "properties": {}}, return_direct=True)
def note(**notes: str) -> str:
    """Take notes."""
    return "noted"


def _end(question: str) -> str:
    load = Load.parse(question)
    return load.end if load is not None else ""


graph = create_agent(_Splitter(), [delegate])
