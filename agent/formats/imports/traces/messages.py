"""A message in any of the shapes that providers and frameworks give it, as one.

Chat Completions, Responses, Anthropic, Gemini (`https://ai.google.dev/api/caching#Content`), LangChain's dictionaries
and its serialised objects, OpenTelemetry's (https://opentelemetry.io/docs/specs/semconv/gen-ai/) and OpenInference's
(https://github.com/Arize-ai/openinference/tree/main/spec). They differ in names, not in what they say.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from agent.formats.imports.content import Attached
from agent.formats.imports.values import json_text, mapping, mappings, text

__all__ = ["Call", "Given", "Said", "read_message", "read_messages"]

_ROLES = {
    "human": "user",
    "humanmessage": "user",
    "humanmessagechunk": "user",
    "ai": "assistant",
    "aimessage": "assistant",
    "aimessagechunk": "assistant",
    "model": "assistant",
    "function": "tool",
    "toolmessage": "tool",
    "functionmessage": "tool",
    "systemmessage": "system",
    "developer": "system",
}


class Call(NamedTuple):
    """A tool call."""

    id: str
    name: str
    arguments: Any
    """JSON text, or the object that it is."""


class Given(NamedTuple):
    """A tool's result."""

    call: str
    content: str
    is_error: bool = False


class Said(NamedTuple):
    """One message."""

    role: str
    """`user`, `assistant`, `tool`, `system`, or what else it calls itself."""
    text: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    results: tuple[Given, ...] = ()
    attached: tuple[Attached, ...] = ()

    @property
    def is_question(self) -> bool:
        """Whether the user says something of his own."""
        return self.role == "user" and not self.results and bool(self.text or self.attached)


def read_messages(value: Any) -> list[Said]:
    """The messages of a list, of a list of lists, of an object with them, or a lone text, which the user says."""
    if isinstance(value, str):
        return [Said("user", value)] if value else []
    if isinstance(value, dict):
        return read_messages(value["messages"]) if "messages" in value else [read_message(value)]
    found: list[Said] = []
    for item in value if isinstance(value, list) else ():
        if isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item):
            found.append(Said(_role(item[0]), item[1]))  # LangChain's ("human", "hello")
        elif isinstance(item, dict | list):
            found += read_messages(item)
    return found


def read_message(value: dict[str, Any]) -> Said:
    """One message, of whatever shape."""
    message = _unwrapped(value)
    role = _role(text(message.get("role")) or text(message.get("type")))
    calls, results = list(_calls(message)), list(_results(message, role))
    words, thoughts, attached = [], [_thought_beside(message)], []
    for part in _parts(message):
        match part:
            case str():
                words.append(part)
            case Call():
                calls += [part] * (part not in calls)
            case Given():
                results.append(part)
            case Attached():
                attached.append(part)
            case [thought]:
                thoughts.append(thought)
    if role == "tool" and not results:
        is_error = message.get("status") == "error" or message.get("is_error") is True
        results = [Given(text(message.get("tool_call_id")) or text(message.get("name")), "".join(words), is_error)]
        words = []
    if message.get("type") in ("function_call", "custom_tool_call"):
        role = "assistant"
    thought = "\n\n".join(filter(None, dict.fromkeys(thoughts)))
    return Said(role, "".join(words), thought, tuple(calls), tuple(results), tuple(attached))


def _thought_beside(message: dict[str, Any]) -> str:
    """Reasoning that stands beside the content: LangChain keeps what it has no field for in `additional_kwargs`
    (https://docs.langchain.com/oss/python/integrations/chat/deepseek)."""
    for holder in (message, mapping(message.get("additional_kwargs"))):
        for name in ("reasoning_content", "reasoning"):
            if found := text(holder.get(name)) or _summary(mapping(holder.get(name))):
                return found
    return ""


def _summary(reasoning: dict[str, Any]) -> str:
    """What is told of a reasoning that is kept secret
    (https://platform.openai.com/docs/api-reference/responses/object)."""
    return "\n\n".join(filter(None, (text(part.get("text")) for part in mappings(reasoning.get("summary")))))


def _role(name: str) -> str:
    return _ROLES.get(name.lower(), name.lower())


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """The message itself: LangChain writes it as an object of a class or beside a type, OpenInference in `message`."""
    if isinstance(value.get("kwargs"), dict) and isinstance(value.get("id"), list):
        return {"type": text(value["id"][-1] if value["id"] else ""), **value["kwargs"]}
    if isinstance(value.get("data"), dict) and "content" in value["data"]:
        return {"type": value.get("type"), **value["data"]}
    if isinstance(value.get("message"), dict):
        return _unwrapped(value["message"])
    return value


def _calls(message: dict[str, Any]) -> Iterator[Call]:
    for call in mappings(message.get("tool_calls", message.get("toolCalls"))):
        inner = mapping(call.get("tool_call")) or call
        function = mapping(inner.get("function")) or mapping(inner.get("custom")) or inner
        arguments: Any = next((function[name] for name in ("arguments", "args", "input") if name in function), {})
        yield Call(text(inner.get("id")), text(function.get("name")), arguments)
    if message.get("type") in ("function_call", "custom_tool_call"):
        arguments = message.get("arguments", message.get("input"))
        yield Call(text(message.get("call_id")), text(message.get("name")), arguments or {})


def _results(message: dict[str, Any], role: str) -> Iterator[Given]:
    if text(message.get("type")).endswith("_call_output"):
        yield Given(text(message.get("call_id")), json_text(message.get("output")))


def _parts(message: dict[str, Any]) -> Iterator[Any]:
    """The pieces of a message: texts, calls, results, files, and reasoning as a list of one."""
    contents: Iterable[Any] = (message.get(name) for name in ("content", "contents", "parts", "summary", "completion"))
    for content in contents:
        if isinstance(content, str):
            yield content
        for part in content if isinstance(content, list) else ():
            if isinstance(part, str):
                yield part
            elif isinstance(part, dict):
                yield _part(mapping(part.get("message_content")) or part)


def _part(part: dict[str, Any]) -> Any:
    kind = text(part.get("type"))
    if "functionCall" in part or "function_call" in part:
        call = mapping(part.get("functionCall") or part.get("function_call"))
        return Call(text(call.get("id")) or text(call.get("name")), text(call.get("name")), call.get("args") or {})
    if "functionResponse" in part or "function_response" in part:
        given = mapping(part.get("functionResponse") or part.get("function_response"))
        return Given(text(given.get("id")) or text(given.get("name")), json_text(given.get("response")))
    if kind in ("tool_use", "tool_call", "server_tool_use"):
        arguments = part.get("input", part.get("arguments", part.get("args")))
        return Call(text(part.get("id")), text(part.get("name")), arguments if arguments is not None else {})
    if kind in ("tool_result", "tool_call_response"):
        content = next((part[name] for name in ("content", "response", "result") if name in part), "")
        answers = text(part.get("tool_use_id")) or text(part.get("id"))
        return Given(answers, _plain(content), part.get("is_error") is True)
    if kind in ("thinking", "reasoning", "summary_text") or part.get("thought") is True:
        return [_first(part, "thinking", "reasoning", "content", "text") or _summary(part)]
    if kind in ("text", "input_text", "output_text", "refusal", ""):
        return _first(part, "text", "content", "refusal")
    return Attached(_media(part, kind), text(part.get("filename")))


def _first(part: dict[str, Any], *names: str) -> str:
    return next((found for name in names if (found := text(part.get(name)))), "")


def _media(part: dict[str, Any], kind: str) -> str:
    for source in (part, mapping(part.get("source")), mapping(part.get("inlineData")), mapping(part.get("file"))):
        for name in ("mime_type", "media_type", "mimeType"):
            if found := text(source.get(name)):
                return found
    family = next(
        (family for family in ("image", "audio", "video") if kind.startswith((family, f"input_{family}"))), ""
    )
    return f"{family}/*" if family else ""


def _plain(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(text(mapping(part).get("text")) or json_text(part) for part in content)
    return "" if content is None else json_text(content)
