"""Gemini CLI's chats: `~/.gemini/tmp/<project>/chats/session-….json` or `.jsonl`.

Shapes as in `packages/core/src/services/chatRecordingService.ts` (https://github.com/google-gemini/gemini-cli). Until
version 0.38 one JSON object with `messages`; since then a head, a message a line, and `$set` records that change the
head. A message is written again under its `id` when its calls have run: the last one counts, and what an earlier one
said already is not said twice. `$rewindTo` takes back what stands behind a message. A compaction sets all `messages`
anew: a summary in the place of those that it took out, and those that were kept. A message has one moment, its
thoughts and the ends of its calls have their own.
"""

from typing import Any

from agent.events.types import RunErrorCode, TokenUsage
from agent.formats.imports.content import Attached, question
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.values import ending, json_text, mapping, mappings, moment, text, whole

__all__ = ["Gemini"]

_ROLES = frozenset({"user", "gemini", "info", "error", "warning"})


class _Told:
    """What was told of a message so far."""

    def __init__(self) -> None:
        self.text = ""
        self.thoughts = 0
        self.calls: set[str] = set()


class Gemini(Importer):
    """One chat."""

    program = "gemini-cli"
    timing = Timing.ITEMS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._told: dict[str, _Told] = {}
        self._runs: dict[str, str] = {}
        """The turn that each message belongs to."""
        self._rewound: str | None = None
        """The turn that somebody went back to."""

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """The head, which has both an id of the session and the project's hash, or a message of the model's."""
        if "sessionId" in value and ("projectHash" in value or "startTime" in value):
            return True
        return value.get("type") == "gemini" and "id" in value

    def _kind(self, value: dict[str, Any]) -> str:
        operator = next((name for name in value if name.startswith("$")), None)
        return operator[:80] if operator else super()._kind(value)

    def _tell(self, record: Record) -> bool:
        value = record.value
        if "$rewindTo" in value:
            self._rewound = self._runs.get(text(value["$rewindTo"]))
            self.telling.conclude()
            return True
        if "$set" in value:
            change = mapping(value["$set"])
            self._head(change)
            at = _or(moment(change.get("lastUpdated")), record.arrived)
            return self._set(list(mappings(change.get("messages"))), at)
        if text(value.get("type")) not in _ROLES:
            self._head(value)
            known = [self._message(message, record.arrived) for message in mappings(value.get("messages"))]
            return "sessionId" in value and all(known)
        return self._message(value, record.arrived)

    def _set(self, messages: list[dict[str, Any]], at: int | None) -> bool:
        """All messages anew: those that are known were told, and what stands before them was put in for others."""
        known = [place for place, message in enumerate(messages) if text(message.get("id")) in self._told]
        if self._told and messages:
            before = messages[: known[0]] if known else messages
            summary = next((words for message in before if (words := _words(message.get("content")))), "")
            if summary:
                self.telling.activity("COMPACTION", {"summary": summary}, at)
            messages = messages[known[-1] + 1 :] if known else []
        return all([self._message(message, at) for message in messages])

    def _head(self, value: dict[str, Any]) -> None:
        self.telling.be_session(text(value.get("sessionId")))
        if value.get("kind") == "subagent":
            self.telling.origin["kind"] = "subagent"
        self.telling.title = text(value.get("summary")) or self.telling.title

    def _message(self, message: dict[str, Any], arrived: int | None) -> bool:
        at = _or(moment(message.get("timestamp")), arrived)
        id, kind = text(message.get("id")), message.get("type")
        match kind:
            case "user":
                if id not in self._told or not id:
                    self._told[id] = _Told()
                    self._ask(message, at)
            case "gemini":
                self._answer(message, at)
            case "info" | "error" | "warning":
                self._note(str(kind), message, at)
            case _:
                return False
        if id:
            self._runs[id] = self.telling.run_id or ""
        return True

    def _ask(self, message: dict[str, Any], at: int | None) -> None:
        asked = _prompt(message.get("displayContent")) or _prompt(message.get("content"))
        if asked:
            parent, self._rewound = self._rewound, None
            self.telling.begin(asked, at, run_id=text(message.get("id")), parent=parent)

    def _note(self, kind: str, message: dict[str, Any], at: int | None) -> None:
        words = _words(message.get("content"))
        if kind == "error":
            self.telling.ensure_run(at)
            self.telling.activity("ERROR", {"message": words}, at)
            self.telling.expect_failure(ending(words))
        elif "Request cancelled" in words:
            self.telling.fail("Cancelled by the user.", RunErrorCode.CANCELLED, at)
        else:
            self.telling.activity("NOTE", {"message": words}, at)

    def _answer(self, message: dict[str, Any], at: int | None) -> None:
        telling, id = self.telling, text(message.get("id"))
        model = text(message.get("model"))
        telling.model = model or telling.model
        told = self._told.get(id)
        thoughts = list(mappings(message.get("thoughts")))
        if told is None or not id:
            told = self._told[id] = _Told()
            moments = [found for thought in thoughts if (found := moment(thought.get("timestamp"))) is not None]
            telling.step(min(moments, default=at))
        telling.ensure_step(at)
        telling.use(id or "message", _usage(mapping(message.get("tokens")), model))
        for thought in thoughts[told.thoughts :]:
            words = "\n\n".join(filter(None, (text(thought.get("subject")), text(thought.get("description")))))
            telling.reasoning(words, _or(moment(thought.get("timestamp")), at))
        told.thoughts = max(told.thoughts, len(thoughts))
        words = _words(message.get("content"))
        if words != told.text:
            more = words.removeprefix(told.text) if words.startswith(told.text) else words
            told.text = words
            telling.text(more, at, id=id)
        for call in mappings(message.get("toolCalls")):
            self._call(call, told, at)

    def _call(self, call: dict[str, Any], told: _Told, at: int | None) -> None:
        telling, id = self.telling, text(call.get("id"))
        if id not in told.calls:
            told.calls.add(id)
            telling.call(id, text(call.get("name")), call.get("args") or {}, at)
        status = text(call.get("status")).lower()
        if status in ("success", "error", "cancelled") or call.get("result"):
            ended = _or(moment(call.get("timestamp")), at)
            telling.result(id, _result(call), ended, is_error=status in ("error", "cancelled"))


def _or(first: int | None, second: int | None) -> int | None:
    return second if first is None else first


def _result(call: dict[str, Any]) -> str:
    """What the model was given: the output or the error of each response, and what else it holds as JSON."""
    pieces = []
    for part in mappings(call.get("result")):
        response = mapping(mapping(part.get("functionResponse")).get("response"))
        found = next((response[name] for name in ("output", "error", "result") if name in response), response or None)
        pieces.append(json_text(found) if found is not None else _words([part]))
    shown = call.get("resultDisplay")
    return "\n".join(filter(None, pieces)) or (shown if isinstance(shown, str) else "")


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(text(part["text"]) for part in mappings(content) if "text" in part)


def _prompt(content: Any) -> str | list[Any]:
    data = (mapping(part.get("inlineData") or part.get("fileData")) for part in mappings(content))
    return question(_words(content), [Attached(text(file.get("mimeType"))) for file in data if file])


def _usage(tokens: dict[str, Any], model: str) -> TokenUsage | None:
    read, written = whole(tokens.get("input")), whole(tokens.get("output"))
    if read is None and written is None:
        return None
    thought = whole(tokens.get("thoughts"))
    return TokenUsage(
        model=model or None,
        input_tokens=read,
        output_tokens=None if written is None else written + (thought or 0),
        total_tokens=whole(tokens.get("total")),
        reasoning_tokens=thought,
        cached_input_tokens=whole(tokens.get("cached")),
    )
