"""Any LangChain Runnable as a graph of one node, so that it is run, watched and told as graphs are.

What a Runnable takes is read off its input's JSON Schema: messages, a text, or an object with fields for them
(https://docs.langchain.com/oss/python/langchain/models).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseLanguageModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph import START, MessagesState, StateGraph

from agent.errors import UsageError
from agent.sources.graph.inputs import QUESTIONS
from agent.sources.tools.calls.values import plain

__all__ = ["graph_of"]

_ANSWERS = ("output", "answer", "result", "text", "content", "response")
"""Where a Runnable that gives an object has its answer."""


def graph_of(runnable: "Runnable[Any, Any]") -> Any:
    """The graph whose one node runs `runnable`."""

    async def agent(state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
        given = await runnable.ainvoke(_input(runnable, state["messages"]), config)
        return {"messages": _messages(given)}

    return StateGraph(MessagesState).add_node(agent).add_edge(START, "agent").compile()


def _input(runnable: "Runnable[Any, Any]", messages: Sequence[BaseMessage]) -> Any:
    """What the Runnable is given for a conversation."""
    question = messages[-1].text
    if isinstance(runnable, BaseLanguageModel):
        return list(messages)
    schema = _schema(runnable)
    if schema.get("type") != "object" or not schema.get("properties"):
        return list(messages) if schema.get("type") == "array" or "anyOf" in schema else question
    return _fields(schema, messages, question)


def _schema(runnable: "Runnable[Any, Any]") -> Mapping[str, Any]:
    try:
        return runnable.get_input_jsonschema()
    except Exception:  # a schema that cannot be made, of foreign types
        return {}


def _fields(schema: Mapping[str, Any], messages: Sequence[BaseMessage], question: str) -> dict[str, Any]:
    """The fields of an input: lists take the messages, one text the question."""
    properties: dict[str, Any] = schema["properties"]
    lists = [name for name, wanted in properties.items() if "array" in (wanted.get("type"), *_kinds(wanted))]
    texts = [name for name, wanted in properties.items() if name not in lists and _may_be_text(wanted)]
    named = [name for name in QUESTIONS if name in texts] or texts[:1]
    if not lists and not named:
        raise UsageError(f"the Runnable takes {', '.join(properties)}: neither messages nor a text for the question")
    told = list(messages[:-1]) if named else list(messages)
    given: dict[str, Any] = dict.fromkeys(lists, told)
    missing = [name for name in schema.get("required", ()) if name not in given and name not in named[:1]]
    if missing:
        raise UsageError(f"the Runnable wants {', '.join(missing)} as well, which a chat does not give")
    return given | dict.fromkeys(named[:1], question)


def _kinds(wanted: Mapping[str, Any]) -> list[Any]:
    return [one.get("type") for one in wanted.get("anyOf", ()) if isinstance(one, Mapping)]


def _may_be_text(wanted: Mapping[str, Any]) -> bool:
    return "type" not in wanted or wanted["type"] == "string"


def _messages(given: Any) -> list[BaseMessage]:
    """What the Runnable gave, as messages of the agent."""
    if isinstance(given, BaseMessage):
        return [given]
    if isinstance(given, Mapping):
        found = given.get("messages")
        if isinstance(found, list) and all(isinstance(one, BaseMessage) for one in found):
            return found
        given = next((given[name] for name in _ANSWERS if isinstance(given.get(name), str | BaseMessage)), given)
        if isinstance(given, BaseMessage):
            return [given]
    text = given if isinstance(given, str) else json.dumps(plain(given), ensure_ascii=False)
    return [AIMessage(text)]
