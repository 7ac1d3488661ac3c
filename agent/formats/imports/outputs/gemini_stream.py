"""What `gemini --output-format stream-json` prints (https://geminicli.com/docs/cli/headless/).

`init` begins a session, `message` brings the question and the answer's fragments (`delta`), `tool_use` and
`tool_result` a call and what came of it, `error` a warning, and `result` ends the turn with its figures. Every record
has a moment of its own.
"""

from typing import Any

from agent.events.types import RunErrorCode, TokenUsage
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.values import ending, json_text, mapping, text, whole

__all__ = ["GeminiStream"]


class GeminiStream(Importer):
    """One program's output: one session, a turn for each question."""

    program = "gemini-cli"
    timing = Timing.TOKENS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._writing: str | None = None
        """The text whose fragments come."""
        self._last: int | None = None
        self._had_result = False

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """The head, or a record of a kind and shape of this output alone."""
        match value.get("type"):
            case "init":
                return "session_id" in value and "model" in value
            case "message":
                return isinstance(value.get("content"), str) and "role" in value and "timestamp" in value
            case "tool_use":
                return "tool_name" in value and "tool_id" in value
            case "tool_result":
                return "tool_id" in value and "status" in value
            case _:
                return False

    def _tell(self, record: Record) -> bool:
        value, telling = record.value, self.telling
        at = self._last = record.at
        match value.get("type"):
            case "init":
                telling.be_session(text(value.get("session_id")))
                telling.model = text(value.get("model"))
            case "message":
                return self._message(value, at)
            case "tool_use":
                self._speak(at)
                id = text(value.get("tool_id"))
                telling.call(id, text(value.get("tool_name")), mapping(value.get("parameters")), at)
                telling.start_tool(id, at)
            case "tool_result":
                is_error = value.get("status") == "error"
                gave = text(value.get("output")) or text(mapping(value.get("error")).get("message"))
                self._had_result = telling.result(text(value.get("tool_id")), gave, at, is_error=is_error)
            case "error":
                self._end_text(at)
                telling.ensure_run(at)
                telling.activity("NOTE", {"message": text(value.get("message"))}, at)
            case "result":
                self._end_text(at)
                self._result(value, at)
            case _:
                return False
        return True

    def _message(self, value: dict[str, Any], at: int | None) -> bool:
        words = text(value.get("content"))
        if value.get("role") == "user":
            self._end_text(at)
            self.telling.begin(words, at)
            return True
        if value.get("role") != "assistant":
            return False
        if self._writing is None:
            self._speak(at)
            self._writing = self.telling.begin_text(at)
        self.telling.add_text(self._writing, words, at)
        if value.get("delta") is not True:
            self._end_text(at)
        return True

    def _speak(self, at: int | None) -> None:
        """The model says something: in the step that goes on, or in the next one behind a result."""
        self._end_text(at)
        if self._had_result:
            self.telling.step(at)
            self._had_result = False
        self.telling.ensure_step(at)

    def _end_text(self, at: int | None) -> None:
        if self._writing is not None:
            self.telling.end_text(self._writing, at)
            self._writing = None

    def _result(self, value: dict[str, Any], at: int | None) -> None:
        telling, stats = self.telling, mapping(value.get("stats"))
        telling.ensure_run(at)
        by_model = {model: mapping(one) for model, one in mapping(stats.get("models")).items()}
        if not by_model and whole(stats.get("total_tokens")):
            by_model = {telling.model: stats}
        for model, one in by_model.items():
            telling.use(model, _usage(one, model))
        if value.get("status") == "success":
            telling.finish(at)
            return
        error = mapping(value.get("error"))
        is_limit = "TurnLimit" in text(error.get("type"))
        code = RunErrorCode.ITERATION_LIMIT if is_limit else RunErrorCode.MODEL_ERROR
        telling.fail(ending(text(error.get("message")) or json_text(error)), code, at)

    def end(self) -> list[Any]:
        """As of any importer."""
        self._end_text(self._last)
        return super().end()


def _usage(stats: dict[str, Any], model: str) -> TokenUsage | None:
    read, written = whole(stats.get("input_tokens")), whole(stats.get("output_tokens"))
    if read is None and written is None:
        return None
    return TokenUsage(
        model=model or None,
        input_tokens=read,
        output_tokens=written,
        total_tokens=whole(stats.get("total_tokens")),
        cached_input_tokens=whole(stats.get("cached")),
    )
