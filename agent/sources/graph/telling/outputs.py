"""What a graph's state says of its answer, where nothing that was streamed does. Pure.

A graph has no place for an answer: its author keeps it in the last of its messages, in a field of any name, or as what
the graph gives (https://docs.langchain.com/oss/python/langgraph/functional-api).
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.sources.tools.calls.values import plain

__all__ = ["ANSWERS", "answer_in", "is_messages", "messages_in"]

ANSWERS = (
    *("answer", "final_answer", "output", "final_output", "response", "final_response", "result", "generation"),
    *("reply", "final_report", "report", "summary", "completion", "content", "text"),
)
"""Fields that authors keep an answer in, the likeliest first."""
_STRUCTURED = "structured_response"
"""Where LangChain's agents keep an answer that has a schema."""


def is_messages(value: Any) -> bool:
    """Whether a value is a list of messages."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, BaseMessage) for one in value)


def messages_in(state: Any) -> list[BaseMessage]:
    """The messages that a state holds, whatever the field is called; none where it holds none."""
    if is_messages(state):
        return list(state)
    if not isinstance(state, Mapping):
        return []
    fields = (state.get("messages"), *state.values())
    return next((list(value) for value in fields if is_messages(value)), [])


def answer_in(state: Any, question: str, said: str, told: Collection[str]) -> str | None:
    """The answer that is in a state and was not told; None where there is none.

    `said` is what the graph itself said last, `told` are the ids of the messages that it told as its own.
    """
    if isinstance(state, Mapping) and state.get(_STRUCTURED) is not None and not said:
        return _text_of(state[_STRUCTURED])
    if messages := messages_in(state):
        return _last_words(messages, said, told)
    if not isinstance(state, Mapping):
        texts = [] if state is None else [_text_of(state)]
    elif not (texts := [text for name in ANSWERS if (text := _text(state.get(name))) and text != question]):
        # The field of another name that is filled last, where nobody has said anything.
        texts = [] if said else [text for value in reversed([*state.values()]) if (text := _text(value))]
    return next((text for text in texts[:1] if text not in ("", said, question)), None)


def _last_words(messages: list[BaseMessage], said: str, told: Collection[str]) -> str | None:
    last = next((one for one in reversed(messages) if one.text or isinstance(one, HumanMessage)), messages[-1])
    if isinstance(last, HumanMessage) or (isinstance(last, AIMessage) and last.tool_calls):
        return None
    if said and isinstance(last, ToolMessage) and last is not messages[-1]:  # the model had nothing to add to its words
        return None
    return None if last.id in told or last.text in ("", said) else str(last.text)


def _text_of(value: Any) -> str:
    """A value as the text of an answer."""
    if (text := _text(value)) is not None:
        return text
    return str(value[-1].text) if is_messages(value) else json.dumps(plain(value), ensure_ascii=False)


def _text(value: Any) -> str | None:
    if isinstance(value, BaseMessage):
        return str(value.text)
    return value if isinstance(value, str) else None
