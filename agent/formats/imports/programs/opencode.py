"""What `opencode export` writes: one JSON object `{info, messages: [{info, parts}]}`.

Shapes as in `packages/opencode/src/session/message-v2.ts` (https://github.com/sst/opencode). A message's parts are
`text`, `reasoning` and `tool`, each with a beginning and an end of its own, between `step-start` and `step-finish`,
which brings tokens and cost of the model call. A tool part holds the call and what came of it. `synthetic` text is
the program's. An assistant's message may hold an `error`.
"""

from typing import Any

from agent.events.types import RunErrorCode, TokenUsage
from agent.formats.imports.content import Attached, question
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.values import ending, mapping, mappings, moment, number, text, whole

__all__ = ["OpenCode", "token_usage"]

_QUIET = frozenset({"step-start", "snapshot", "patch", "agent", "file", "subtask"})


class OpenCode(Importer):
    """One exported session; a session's record is the whole of it, or one message of it."""

    program = "opencode"
    timing = Timing.BLOCKS

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """The whole with its `info`, or a message with `parts`."""
        info = mapping(value.get("info"))
        if isinstance(value.get("messages"), list):
            return text(info.get("id")).startswith("ses") or "projectID" in info
        return isinstance(value.get("parts"), list) and "role" in info and "sessionID" in info

    def _tell(self, record: Record) -> bool:
        value = record.value
        if isinstance(value.get("messages"), list):
            self._head(mapping(value.get("info")))
            return all([self._message(message) for message in mappings(value["messages"])])
        return self._message(value)

    def _head(self, info: dict[str, Any]) -> None:
        found = {
            "session": text(info.get("id")),
            "version": text(info.get("version")),
            "folder": text(info.get("directory")),
            "parent": text(info.get("parentID")),
        }
        self.telling.origin.update({name: value for name, value in found.items() if value})
        self.telling.thread_id = found["session"] or self.telling.thread_id
        title = text(info.get("title"))
        self.telling.title = "" if title.startswith("New session - ") else title

    def _message(self, message: dict[str, Any]) -> bool:
        info, parts = mapping(message.get("info")), list(mappings(message.get("parts")))
        times = mapping(info.get("time"))
        created, completed = moment(times.get("created")), moment(times.get("completed"))
        match info.get("role"):
            case "user":
                self._ask(info, parts, created)
                return True
            case "assistant":
                return self._answer(info, parts, created, completed)
            case _:
                return False

    def _ask(self, info: dict[str, Any], parts: list[dict[str, Any]], at: int | None) -> None:
        if any(part.get("type") == "compaction" for part in parts):
            self.telling.conclude()  # the summary that follows is no answer to what was asked before
            self.telling.activity("COMPACTION", {"trigger": "auto" if parts[0].get("auto") else "manual"}, at)
            return
        said = [part for part in parts if part.get("type") == "text" and part.get("synthetic") is not True]
        words = "\n".join(text(part.get("text")) for part in said)
        files = [part for part in parts if part.get("type") == "file"]
        content = question(words, (Attached(text(file.get("mime")), text(file.get("filename"))) for file in files))
        if content:
            self.telling.begin(content, at, run_id=text(info.get("id")))

    def _answer(
        self, info: dict[str, Any], parts: list[dict[str, Any]], created: int | None, completed: int | None
    ) -> bool:
        telling = self.telling
        model = text(info.get("modelID"))
        telling.model = model or telling.model
        telling.step(created)
        telling.use(text(info.get("id")), token_usage(mapping(info.get("tokens")), model))
        telling.pay(number(info.get("cost")))
        understood = [self._part(part, created, completed) for part in parts]
        error = mapping(info.get("error"))
        if error:
            self._fail(error, completed if completed is not None else created)
        telling.end_step(completed)
        return all(understood)

    def _fail(self, error: dict[str, Any], at: int | None) -> None:
        message = text(mapping(error.get("data")).get("message")) or text(error.get("name"))
        if error.get("name") == "MessageAbortedError":
            self.telling.fail("Cancelled by the user.", RunErrorCode.CANCELLED, at)
        elif error.get("name") == "MessageOutputLengthError":
            self.telling.fail(message, RunErrorCode.TRUNCATED, at)
        else:
            self.telling.expect_failure(ending(message))

    def _part(self, part: dict[str, Any], created: int | None, completed: int | None) -> bool:
        times = mapping(part.get("time"))
        started, ended = moment(times.get("start")), moment(times.get("end"))
        started = created if started is None else started
        match part.get("type"):
            case "text":
                if part.get("synthetic") is not True:
                    ended = started if ended is None else ended
                    id = self.telling.begin_text(started, id=text(part.get("id")))
                    self.telling.add_text(id, text(part.get("text")), ended)
                    self.telling.end_text(id, ended)
            case "reasoning":
                self.telling.reasoning(text(part.get("text")), started, id=text(part.get("id")), ended=ended)
            case "tool":
                self._tool(part, created)
            case "step-finish" | "compaction":
                return True
            case "retry":
                message = text(mapping(mapping(part.get("error")).get("data")).get("message"))
                self.telling.activity("NOTE", {"message": message or "tried again"}, started)
            case kind:
                return text(kind) in _QUIET
        return True

    def _tool(self, part: dict[str, Any], created: int | None) -> None:
        telling, state, id = self.telling, mapping(part.get("state")), text(part.get("callID"))
        times = mapping(state.get("time"))
        started, ended = moment(times.get("start")), moment(times.get("end"))
        telling.call(id, text(part.get("tool")), state.get("input") or {}, created if started is None else started)
        status = state.get("status")
        if status in ("running", "completed", "error") and started is not None:
            telling.start_tool(id, started)
        if status in ("completed", "error"):
            content = text(state.get("output")) if status == "completed" else text(state.get("error"))
            duration = None if started is None or ended is None else ended - started
            telling.result(id, content, ended, is_error=status == "error", duration=duration)


def token_usage(tokens: dict[str, Any], model: str) -> TokenUsage | None:
    """What a model call cost, as a message or a step's end tells it."""
    read, written = whole(tokens.get("input")), whole(tokens.get("output"))
    if read is None and written is None:
        return None
    cache, thought = mapping(tokens.get("cache")), whole(tokens.get("reasoning"))
    cached, stored = whole(cache.get("read")), whole(cache.get("write"))
    return TokenUsage(
        model=model or None,
        input_tokens=None if read is None else read + (cached or 0) + (stored or 0),
        output_tokens=None if written is None else written + (thought or 0),
        reasoning_tokens=thought,
        cached_input_tokens=cached,
    )
