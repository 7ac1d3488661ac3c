"""pi's sessions: `~/.pi/agent/sessions/--<folder>--/<time>_<id>.jsonl`, a head and one entry a line.

Shapes as in `packages/coding-agent/docs/session-format.md` (https://github.com/badlogic/pi-mono), versions 1 to 3. An
entry names the one it follows in `parentId`, so a session is a tree: whoever goes back and asks something else starts
a branch. Each branch is told as a session of its own that begins with what it shares. An entry's `timestamp` is when it
was written; that in its message is when the message began.
"""

from typing import Any

from agent.events.types import RunErrorCode, TokenUsage
from agent.formats.imports.content import Attached, question
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.values import mapping, mappings, moment, number, text, whole

__all__ = ["Pi", "words_of"]

_QUIET = frozenset({"thinking_level_change", "label", "custom", "session_info", "branch_summary"})
_ENTRIES = frozenset({"message", "model_change", "compaction", "custom_message"}) | _QUIET


class Pi(Importer):
    """One file: one session, and one more for each branch."""

    program = "pi"
    timing = Timing.ITEMS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._entries: dict[str, dict[str, Any]] = {}
        """By their ids, for a branch that begins with them."""
        self._leaf: str | None = None
        """The entry that the next one follows unless it begins a branch."""
        self._branches = 0
        self._session = ""
        self._answers = 0

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """An entry with its link, or of the first version without one; the head stands before what pi prints too."""
        if text(value.get("type")) in _ENTRIES and "parentId" in value:
            return True
        if value.get("type") == "message":
            return "role" in mapping(value.get("message")) and "timestamp" in value
        return value.get("type") in ("model_change", "thinking_level_change") and "timestamp" in value

    def _kind(self, value: dict[str, Any]) -> str:
        role = mapping(value.get("message")).get("role")
        return f"{super()._kind(value)}/{role}"[:80] if role else super()._kind(value)

    def _tell(self, record: Record) -> bool:
        value = record.value
        if value.get("type") == "session":
            self._head(value)
            return True
        id, parent = text(value.get("id")), text(value.get("parentId"))
        if parent and self._leaf is not None and parent != self._leaf and parent in self._entries:
            self._branch(parent)
        if id:
            self._entries[id], self._leaf = value, id
        return self._entry(value, record.arrived)

    def _head(self, value: dict[str, Any]) -> None:
        found = {
            "session": text(value.get("id")),
            "folder": text(value.get("cwd")),
            "parent": text(value.get("parentSession")) or text(value.get("branchedFrom")),
        }
        self.telling.origin.update({name: value for name, value in found.items() if value})
        self._session = found["session"] or self.telling.thread_id
        self.telling.thread_id = self._session
        self.telling.model = text(value.get("modelId")) or self.telling.model

    def _branch(self, parent: str) -> None:
        """Begin the session of a branch: with all that leads to the entry that it follows."""
        path, seen, at = [], set(), parent
        while at in self._entries and at not in seen:
            seen.add(at)
            path.append(self._entries[at])
            at = text(self._entries[at].get("parentId"))
        self.telling.conclude()
        self.telling.forget_activities()
        self._branches += 1
        self.telling.thread_id = f"{self._session}:{self._branches + 1}"
        self.telling.origin["parent"] = self._session
        for entry in reversed(path):
            self._entry(entry, None)

    def _entry(self, value: dict[str, Any], arrived: int | None) -> bool:
        at = moment(value.get("timestamp"))
        at = arrived if at is None else at
        match value.get("type"):
            case "message":
                return self._message(mapping(value.get("message")), at)
            case "model_change":
                self.telling.model = text(value.get("modelId")) or self.telling.model
            case "compaction":
                facts = {"summary": text(value.get("summary")), "tokensBefore": whole(value.get("tokensBefore"))}
                self.telling.activity("COMPACTION", facts, at)
            case "custom_message":
                if value.get("display") is not False:
                    self.telling.activity("NOTE", {"message": words_of(value.get("content"))}, at)
            case "session_info":
                self.telling.title = text(value.get("name")) or self.telling.title
            case kind:
                return text(kind) in _QUIET
        return True

    def _message(self, message: dict[str, Any], at: int | None) -> bool:
        match message.get("role"):
            case "user":
                self.telling.begin(_prompt(message.get("content")), at)
            case "assistant":
                self._begin_answer(message, at)
                return self._answer(message, at)
            case "toolResult":
                id, content = text(message.get("toolCallId")), words_of(message.get("content"))
                self.telling.result(id, content, at, is_error=message.get("isError") is True)
            case "bashExecution":
                self._command(message, at)
            case "custom" | "hookMessage" | "branchSummary" | "compactionSummary":
                return True
            case _:
                return False
        return True

    def _begin_answer(self, message: dict[str, Any], at: int | None) -> None:
        telling, began = self.telling, moment(message.get("timestamp"))
        telling.model = text(message.get("model")) or telling.model
        telling.step(at if began is None or (at is not None and began > at) else began)

    def _answer(self, message: dict[str, Any], at: int | None, *, is_told: bool = False) -> bool:
        """What an answer came to, and unless that was told in fragments, what it says."""
        telling, usage = self.telling, mapping(message.get("usage"))
        self._answers += 1
        telling.use(str(self._answers), _usage(usage, text(message.get("model"))))
        telling.pay(number(mapping(usage.get("cost")).get("total")))
        understood = [is_told or self._block(block, at) for block in mappings(message.get("content"))]
        match message.get("stopReason"):
            case "aborted":
                telling.fail("Cancelled by the user.", RunErrorCode.CANCELLED, at)
            case "error":
                telling.expect_failure(text(message.get("errorMessage")))
            case "length":
                telling.activity("NOTE", {"message": "The answer was cut at the model's limit."}, at)
            case _:
                pass
        return all(understood)

    def _block(self, block: dict[str, Any], at: int | None) -> bool:
        match block.get("type"):
            case "text":
                self.telling.text(text(block.get("text")), at)
            case "thinking":
                self.telling.reasoning(text(block.get("thinking")), at)
            case "toolCall":
                self.telling.call(text(block.get("id")), text(block.get("name")), block.get("arguments") or {}, at)
            case _:
                return False
        return True

    def _command(self, message: dict[str, Any], at: int | None) -> None:
        """A command that the user ran himself."""
        names = ("command", "output", "exitCode", "cancelled")
        facts: dict[str, Any] = {name: message[name] for name in names if name in message}
        self.telling.activity("COMMAND", facts, at)


def words_of(content: Any) -> str:
    """The text of some content; what is no text in it is named by its type."""
    if isinstance(content, str):
        return content
    return "\n".join(
        text(part.get("text")) if part.get("type") == "text" else f"[{text(part.get('mimeType')) or 'image'}]"
        for part in mappings(content)
    )


def _prompt(content: Any) -> str | list[Any]:
    words = "\n".join(text(part.get("text")) for part in mappings(content) if part.get("type") == "text")
    images = (Attached(text(part.get("mimeType"))) for part in mappings(content) if part.get("type") == "image")
    return question(text(content) or words, images)


def _usage(usage: dict[str, Any], model: str) -> TokenUsage | None:
    read, written = whole(usage.get("input")), whole(usage.get("output"))
    if read is None and written is None:
        return None
    cached, stored = whole(usage.get("cacheRead")), whole(usage.get("cacheWrite"))
    return TokenUsage(
        model=model or None,
        input_tokens=None if read is None else read + (cached or 0) + (stored or 0),
        output_tokens=written,
        cached_input_tokens=cached,
    )
