"""The chunks of a Chat Completions stream (https://platform.openai.com/docs/api-reference/chat-streaming), told.

Also those of the many servers that speak it in their own way: reasoning as `reasoning_content`, `reasoning`,
`reasoning_details` or parts of the content; calls whose fragments name an index, an id, both or neither, whose name
comes late or again, whose arguments are an object; usage in the last choice; an `error` instead of a chunk.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.telling import Telling
from agent.formats.imports.usage import openai_usage
from agent.formats.imports.values import ending, json_text, mapping, mappings, text, whole

__all__ = ["ChatStream", "OpenAIChat"]


class ChatStream:
    """One response after the other, fragment by fragment."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._id = ""
        self._model = ""
        self._open: dict[tuple[str, int], str] = {}
        """The texts and reasonings that are open, by their kind and choice."""
        self._calls: list[_Call] = []
        """Those of the response that goes on, in the order they began."""
        self._reason = ""

    def tell(self, chunk: dict[str, Any], at: int | None) -> bool:
        """Tell the next chunk, or a whole completion; gives whether it was understood."""
        if "error" in chunk and not chunk.get("choices"):
            error = chunk["error"]
            self._telling.ensure_run(at)
            self._telling.expect_failure(ending(text(mapping(error).get("message")) or json_text(error)))
            return True
        if not isinstance(chunk.get("choices"), list):
            return False
        self._respond(chunk, at)
        for choice in mappings(chunk["choices"]):
            self._choice(choice, at)
        usage = chunk.get("usage") or next((choice.get("usage") for choice in mappings(chunk["choices"])), None)
        self._telling.use(self._id or "stream", openai_usage(usage, self._model))
        return True

    def _respond(self, chunk: dict[str, Any], at: int | None) -> None:
        """A response goes on, or the next one begins: a step each."""
        id, model = text(chunk.get("id")), text(chunk.get("model"))
        self._model = model or self._model
        self._telling.model = self._telling.model or model
        if id and id != self._id and (self._id or not self._telling.is_stepping) and chunk["choices"]:
            self.close(at)
            self._telling.step(at)
            self._calls.clear()
        self._id = id or self._id
        self._telling.ensure_step(at)

    def _choice(self, choice: dict[str, Any], at: int | None) -> None:
        index = whole(choice.get("index")) or 0
        delta = mapping(choice.get("delta") or choice.get("message"))
        for piece in _reasoning(delta):
            self._add("reasoning", index, piece, at)
        for piece in (*_words(delta.get("content")), text(delta.get("refusal"))):
            self._add("text", index, piece, at)
        for call in mappings(delta.get("tool_calls")):
            self._call(index, call, mapping(call.get("function") or call.get("custom")), at)
        if function := mapping(delta.get("function_call")):
            self._call(index, {"index": 0}, function, at)
        if reason := text(choice.get("finish_reason")):
            self._reason = reason
            self.close(at, is_cut=reason in ("length", "max_tokens"))

    def _add(self, kind: str, index: int, piece: str, at: int | None) -> None:
        if not piece:
            return
        telling = self._telling
        if (told := self._open.get((kind, index))) is None:
            if kind == "text" and (thought := self._open.pop(("reasoning", index), None)):
                telling.end_reasoning(thought, at)
            begin = telling.begin_text if kind == "text" else telling.begin_reasoning
            told = self._open[kind, index] = begin(at, id=f"{self._id}:{kind}" if self._id else "")
        add = telling.add_text if kind == "text" else telling.add_reasoning
        add(told, piece, at)

    def _call(self, choice: int, part: dict[str, Any], function: dict[str, Any], at: int | None) -> None:
        id, name, index = text(part.get("id")), text(function.get("name")), part.get("index")
        call = self._owner(choice, id, name, index)
        given = function.get("arguments", function.get("input"))
        fragment = "" if given is None or given == {} else json_text(given)
        if call is None:
            if not (id or name or fragment):
                return
            call = _Call(choice=choice, id=id, index=index)
            self._calls.append(call)
        call.id = call.id or id
        if call.told is None and name:
            call.told = self._telling.begin_call(call.id, name, at)
            fragment = call.waiting + fragment
        if call.told is None:
            call.waiting += fragment
        elif fragment and not call.is_whole(fragment):
            call.arguments += fragment
            self._telling.add_arguments(call.told, fragment, at)

    def _owner(self, choice: int, id: str, name: str, index: Any) -> "_Call | None":
        """The call that a fragment belongs to: by its index unless it begins another there, by its id, or the last."""
        calls = [call for call in self._calls if call.choice == choice]
        for call in reversed(calls):
            if index is not None and call.index == index and not (name and id and call.id and id != call.id):
                return call
            if id and call.id == id and (index is None or call.index in (None, index) or not name):
                return call
        return calls[-1] if calls and index is None and not id and not name else None

    def close(self, at: int | None, *, is_cut: bool = False) -> None:
        """The response is over; where it is cut, a call without whole arguments stays open."""
        for (kind, _), told in self._open.items():
            end = self._telling.end_text if kind == "text" else self._telling.end_reasoning
            end(told, at)
        self._open.clear()
        for call in self._calls:
            if call.told is not None and not (is_cut and not _is_json(call.arguments)):
                self._telling.end_call(call.told, at)

    def end(self) -> None:
        """No chunk comes any more."""
        if self._reason and not self._telling.is_writing:
            self.close(None)


class _Call:
    """A call as it is put together."""

    def __init__(self, choice: int, id: str, index: Any) -> None:
        self.choice, self.id, self.index = choice, id, index
        self.told: str | None = None
        """The key it is told under; None until its name is known."""
        self.waiting = self.arguments = ""

    def is_whole(self, fragment: str) -> bool:
        """Whether a fragment says all that is there once more, as some servers do at the end."""
        return len(fragment) > 1 and fragment == self.arguments and _is_json(fragment)


class OpenAIChat(Importer):
    """A captured stream of Chat Completions; the questions are in the requests, which it does not hold."""

    program = "openai-chat"
    timing = Timing.NONE
    live_timing = Timing.TOKENS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._stream = ChatStream(self.telling)

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """A chunk or a completion, by its `object` or by the shape of its choices."""
        if value.get("object") in ("chat.completion.chunk", "chat.completion"):
            return True
        choices = list(mappings(value.get("choices")))
        return bool(choices) and ("delta" in choices[0] or "message" in choices[0]) and "type" not in value

    def _tell(self, record: Record) -> bool:
        return self._stream.tell(record.value, record.arrived)

    def _kind(self, value: dict[str, Any]) -> str:
        return str(value.get("object") or super()._kind(value))[:80]

    def end(self) -> list[Any]:
        """As of any importer."""
        self._stream.end()
        return super().end()


def _reasoning(delta: dict[str, Any]) -> Iterator[str]:
    """The reasoning of a delta, once, whatever names it comes by."""
    found = text(delta.get("reasoning_content")) or text(delta.get("reasoning"))
    if not found:
        found = "".join(
            text(part.get("text")) or text(part.get("summary")) for part in mappings(delta.get("reasoning_details"))
        )
    yield found
    for part in mappings(delta.get("content")):
        if part.get("type") == "thinking":
            yield "".join(_words(part.get("thinking")))


def _words(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for part in mappings(content):
        if part.get("type") in ("text", "output_text"):
            yield text(part.get("text"))


def _is_json(words: str) -> bool:
    try:
        msgspec.json.decode(words)
    except (ValueError, RecursionError):
        return False
    return True
