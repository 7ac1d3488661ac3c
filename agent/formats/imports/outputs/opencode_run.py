"""What `opencode run --format json` prints.

Shapes as in `packages/opencode/src/cli/cmd/run.ts` (https://github.com/sst/opencode): `{type, timestamp, sessionID,
part}` for each part of a message once it is whole, the parts being those of an export; `step_start` and `step_finish`
stand around a model call's, and `error` brings an error in the part's place. The question is not printed.
"""

from typing import Any

from agent.events.types import RunErrorCode
from agent.formats.imports.programs.opencode import OpenCode, token_usage
from agent.formats.imports.records import Record
from agent.formats.imports.values import mapping, number, text

__all__ = ["OpenCodeRun"]

_KINDS = frozenset({"step_start", "step_finish", "text", "reasoning", "tool_use", "error"})


class OpenCodeRun(OpenCode):
    """One program's output: one turn of a session."""

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """A record of one of its kinds with an id of opencode's sessions."""
        is_own = text(value.get("type")) in _KINDS and text(value.get("sessionID")).startswith("ses")
        return is_own and (isinstance(value.get("part"), dict) or "error" in value)

    def _tell(self, record: Record) -> bool:
        value, at, telling = record.value, record.at, self.telling
        part = mapping(value.get("part"))
        telling.be_session(text(value.get("sessionID")))
        match value.get("type"):
            case "step_start":
                telling.step(at)
            case "step_finish":
                telling.use(text(part.get("id")), token_usage(mapping(part.get("tokens")), telling.model))
                telling.pay(number(part.get("cost")))
                telling.end_step(at)
                if part.get("reason") == "length":
                    telling.fail("The answer was cut at the model's limit.", RunErrorCode.TRUNCATED, at)
            case "error":
                telling.ensure_run(at)
                self._fail(mapping(value.get("error")), at)
            case "text" | "reasoning" | "tool_use":
                telling.ensure_step(at)
                return self._part(part, at, at)
            case _:
                return False
        return True
