"""What the user, or a rule of the settings, says of a tool call: as a value, and as the event that tells it.

Plain values; who asks and when is the run's.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

__all__ = ["Decision", "DecisionKind"]

DecisionKind = Literal["once", "session", "always", "denied", "dismissed"]
_KINDS: dict[object, DecisionKind] = {kind: kind for kind in get_args(DecisionKind)}


@dataclass(frozen=True)
class Decision:
    """The answer to a tool that asks, or would have asked."""

    kind: DecisionKind
    """Let it run `once`, for the whole `session`, `always`; or not. A question is answered, `denied` an answer, or
    `dismissed`: put away without one."""
    reason: str = ""
    """Why not, for the model."""
    arguments: dict[str, Any] | None = None
    """What the tool is to run with instead of the model's; None leaves them."""
    rule: str = ""
    """The rule that decided, or that was written for all calls to come."""
    result: str | None = None
    """What the model is told instead of what the tool would have given; the tool does not run. None lets it run."""
    drops: bool = False
    """Whether the breakpoint that the call stopped at is gone from now on."""

    @property
    def allows(self) -> bool:
        """Whether the call may run."""
        return self.kind not in ("denied", "dismissed")

    def told(self) -> dict[str, Any]:
        """The value of the event that tells it, without the call's id."""
        told: dict[str, Any] = {"state": self.kind}
        if self.reason:
            told["reason"] = self.reason
        if self.arguments is not None:
            told["arguments"] = self.arguments
        if self.rule:
            told["rule"] = self.rule
        if self.result is not None:
            told["result"] = self.result
        if self.drops:
            told["drops"] = True
        return told

    @classmethod
    def read(cls, told: dict[str, Any]) -> "Decision | None":
        """The decision that the value of an event tells; None where it is none. What is odd in it is left out."""
        if (kind := _KINDS.get(str(told.get("state")))) is None:
            return None
        reason, arguments, rule, result = (told.get(name) for name in ("reason", "arguments", "rule", "result"))
        return cls(
            kind,
            reason=reason if isinstance(reason, str) else "",
            arguments=arguments if isinstance(arguments, dict) else None,
            rule=rule if isinstance(rule, str) else "",
            result=result if isinstance(result, str) else None,
            drops=told.get("drops") is True,
        )

    @property
    def is_notable(self) -> bool:
        """Whether the call did not simply run as it was written."""
        return not self.allows or self.arguments is not None or self.result is not None

    @property
    def words(self) -> str:
        """What was decided, in a few words; the arguments are not among them."""
        if self.result is not None:
            return "answered in the tool's place"
        match self.kind:
            case "dismissed":
                return "put away"
            case "denied":
                because = f"deny {self.rule}" if self.rule else self.reason
                return f"not allowed{': ' if because else ''}{because}"
            case "once":
                allowed = "allowed"
            case "session":
                allowed = "allowed for this session"
            case "always":
                allowed = f"allowed by the rule {self.rule}" if self.rule else "always allowed"
        dropped = ", the breakpoint dropped" if self.drops else ""
        return f"{allowed}{'' if self.arguments is None else ' with other arguments'}{dropped}"

    @property
    def answer_words(self) -> str:
        """What became of a question, in a few words; the answer is not among them."""
        if self.kind == "dismissed":
            return "put away without an answer"
        if self.kind == "denied":
            return f"declined: {self.reason}" if self.reason else "declined"
        return "answered"
