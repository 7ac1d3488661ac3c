"""What a graph is given for a turn: its question, and of the past what the graph does not keep itself.

A graph takes what its author likes: messages, under any name, a text, an object with fields for them. What that is is
read off the types of its input, else off its JSON Schema
(https://docs.langchain.com/oss/python/langgraph/graph-api#schema). It owns the mending of a kept thread that a cancel
left with calls that nobody answered, too.
"""

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin, get_type_hints

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage, ToolMessage

from agent.conversation.run import Run
from agent.errors import UsageError
from agent.sources.context.history import past_turn
from agent.sources.context.turns import told_runs

__all__ = ["QUESTIONS", "fitting", "given", "schema_of"]

QUESTIONS = (
    *("question", "user_question", "input", "user_input", "query", "user_query", "user_message", "request", "prompt"),
    *("text", "message", "topic", "task", "goal", "objective", "instructions", "content"),
)
"""Names of the field in which a question is taken, the likeliest first."""
_LIKELY = QUESTIONS[:8]
"""Those that are a question's beside messages, too."""
_STOPPED = "No result: the user stopped the turn before it came."


def given(
    graph: Any, question: str, runs: Sequence[Run], kept: Sequence[BaseMessage], *, again: str | None = None
) -> Any:
    """The input for a turn.

    `runs` are the turns before it, `kept` the messages that the graph's thread has; `again` is the question of a turn
    that is asked once more.

    Raises:
        UsageError: the graph takes no question in any way that is known.
    """
    asked = HumanMessage(question)
    past = _mended(kept, again) if kept else [one for run in told_runs(runs) for one in past_turn(run).messages]
    if not hasattr(graph, "builder"):
        return fitting(schema_of(graph), [*past, asked], question, what="the graph")
    fields = _fields(graph)
    if not fields:
        return {"messages": [*past, asked]}
    lists = [name for name, hint in fields.items() if name == "messages" or _takes_messages(hint)]
    texts = [name for name, hint in fields.items() if _takes_text(hint)]
    if lists:
        beside = [name for name in _LIKELY if name in texts][:1]
        return {lists[0]: [*past, asked]} | dict.fromkeys(beside, question)
    named = [name for name in QUESTIONS if name in texts] or texts
    if not named:
        raise UsageError(f"the graph takes {', '.join(fields)}: neither messages nor a text to put the question in")
    return {named[0]: question}


# By the types of a state


def _fields(graph: Any) -> dict[str, Any]:
    """What the graph's input holds, each with its type; empty where that cannot be told."""
    schema = getattr(graph.builder, "input_schema", None)
    try:
        return get_type_hints(schema, include_extras=True) if isinstance(schema, type) else {}
    except Exception:  # an annotation that means nothing where it stands
        return dict(getattr(schema, "__annotations__", {}))


def _kinds(hint: Any) -> list[Any]:
    """The types that a hint allows, without what else is said of it."""
    origin = get_origin(hint)
    if origin in (Annotated, Required, NotRequired):
        return _kinds(get_args(hint)[0])
    if origin in (Union, UnionType):
        return [kind for one in get_args(hint) for kind in _kinds(one)]
    return [hint]


def _takes_text(hint: Any) -> bool:
    return str in _kinds(hint)


def _takes_messages(hint: Any) -> bool:
    lists = [get_args(kind) for kind in _kinds(hint) if get_origin(kind) in (list, Sequence)]
    inner = [kind for arguments in lists for one in arguments for kind in _kinds(one)]
    return any(isinstance(kind, type) and issubclass(kind, BaseMessage) for kind in inner)


# By a JSON Schema


def schema_of(runnable: Any) -> Mapping[str, Any]:
    """The JSON Schema of what a Runnable takes; empty where it has none."""
    try:
        schema: Mapping[str, Any] = runnable.get_input_jsonschema()
    except Exception:  # a schema that cannot be made, of foreign types
        return {}
    return schema


def fitting(schema: Mapping[str, Any], messages: Sequence[BaseMessage], question: str, *, what: str) -> Any:
    """A conversation as an input with this schema: its messages, its question alone, or an object of them.

    Raises:
        UsageError: it takes neither; `what` is what it is called.
    """
    if schema.get("type") == "object" and schema.get("properties"):
        return _object(schema, messages, question, what)
    if schema.get("type") == "object":  # of any fields: whichever its author reads
        return {**dict.fromkeys(QUESTIONS, question), "messages": list(messages)}
    return list(messages) if schema.get("type") == "array" or "anyOf" in schema else question


def _object(schema: Mapping[str, Any], messages: Sequence[BaseMessage], question: str, what: str) -> dict[str, Any]:
    """The fields of an input: lists take the messages, one text the question."""
    properties: Mapping[str, Any] = schema["properties"]
    lists = [name for name, wanted in properties.items() if "array" in _types(wanted)]
    texts = [name for name, wanted in properties.items() if name not in lists and _may_be_text(wanted)]
    named = [name for name in QUESTIONS if name in texts] or texts[:1]
    if not lists and not named:
        raise UsageError(f"{what} takes {', '.join(properties)}: neither messages nor a text for the question")
    told = list(messages[:-1]) if named else list(messages)
    fields: dict[str, Any] = dict.fromkeys(lists, told)
    missing = [name for name in schema.get("required", ()) if name not in fields and name not in named[:1]]
    if missing:
        raise UsageError(f"{what} wants {', '.join(missing)} as well, which a chat does not give")
    return fields | dict.fromkeys(named[:1], question)


def _types(wanted: Mapping[str, Any]) -> list[Any]:
    return [wanted.get("type"), *(one.get("type") for one in wanted.get("anyOf", ()) if isinstance(one, Mapping))]


def _may_be_text(wanted: Mapping[str, Any]) -> bool:
    return "string" in _types(wanted) or not {"type", "anyOf", "$ref"} & wanted.keys()


# A thread that is kept


def _mended(kept: Sequence[BaseMessage], question: str | None) -> list[BaseMessage]:
    """The messages that make a kept thread one that can be gone on with.

    Calls of its last message that have no result get one that says why. `question` is that of a turn that is asked
    again, whose messages are taken out; None where none is.
    """
    if question is not None:
        starts = [number for number, message in enumerate(kept) if isinstance(message, HumanMessage)]
        if starts and kept[starts[-1]].text == question:
            return [RemoveMessage(id=message.id) for message in kept[starts[-1] :] if message.id is not None]
    answered = {message.tool_call_id for message in kept if isinstance(message, ToolMessage)}
    last = next((message for message in reversed(kept) if isinstance(message, AIMessage)), None)
    return [
        ToolMessage(_STOPPED, tool_call_id=call["id"] or "", name=call["name"], status="error")
        for call in (last.tool_calls if last is not None else [])
        if call["id"] not in answered
    ]
