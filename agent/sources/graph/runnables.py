"""Any LangChain Runnable as a graph of one node, so that it is run, watched and told as graphs are.

What a Runnable takes is read off its input's JSON Schema: messages, a text, or an object with fields for them
(https://docs.langchain.com/oss/python/langchain/models).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseLanguageModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import merge_configs
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph

from agent.sources.graph.inputs import fitting, schema_of
from agent.sources.graph.telling.outputs import ANSWERS
from agent.sources.graph.telling.tools import ToolBegan, ToolEnded
from agent.sources.tools.calls.results import failure_of, result_of
from agent.sources.tools.calls.values import plain

__all__ = ["graph_of"]


def graph_of(runnable: "Runnable[Any, Any]") -> Any:
    """The graph whose one node runs `runnable`."""

    async def agent(state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
        watched = merge_configs(
            config, {"callbacks": [_ToolWatcher(get_stream_writer())]}, _configurable(runnable, config)
        )
        given = await runnable.ainvoke(_input(runnable, state["messages"]), watched)
        return {"messages": _messages(given)}

    return StateGraph(MessagesState).add_node(agent).add_edge(START, "agent").compile()


def _configurable(runnable: "Runnable[Any, Any]", config: RunnableConfig) -> RunnableConfig:
    """What a Runnable wants configured that says whose memory it is (`session_id`, or as its author calls it)."""
    thread = config.get("configurable", {}).get("thread_id")
    wanted = [one.id for one in runnable.config_specs if one.annotation is str and not one.default]
    return {"configurable": dict.fromkeys(wanted, thread)}


class _ToolWatcher(BaseCallbackHandler):
    """Tells, as a node writes, which tools run: an agent that is no graph says so in no other way."""

    run_inline = True

    def __init__(self, write: Callable[[Any], None]) -> None:
        self._write = write

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        inputs: dict[str, Any] | None = None,
        tool_call_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        """A tool begins."""
        name = str((serialized or {}).get("name") or kwargs.get("name") or "")
        self._write(ToolBegan(run=run_id, name=name, arguments=inputs or {}, call_id=tool_call_id))

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It gave something."""
        self._write(ToolEnded(run=run_id, result=result_of(output)))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It failed."""
        self._write(ToolEnded(run=run_id, result=failure_of(error)))


def _input(runnable: "Runnable[Any, Any]", messages: Sequence[BaseMessage]) -> Any:
    """What the Runnable is given for a conversation."""
    if isinstance(runnable, BaseLanguageModel):
        return list(messages)
    return fitting(schema_of(runnable), messages, messages[-1].text, what="the Runnable")


def _messages(given: Any) -> list[BaseMessage]:
    """What the Runnable gave, as messages of the agent."""
    if isinstance(given, BaseMessage):
        return [given]
    if isinstance(given, Mapping):
        found = given.get("messages")
        if isinstance(found, list) and all(isinstance(one, BaseMessage) for one in found):
            return found
        given = next((given[name] for name in ANSWERS if isinstance(given.get(name), str | BaseMessage)), given)
        if isinstance(given, BaseMessage):
            return [given]
    text = given if isinstance(given, str) else json.dumps(plain(given), ensure_ascii=False)
    return [AIMessage(text)]
