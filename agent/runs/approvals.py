"""What the user, or a rule of the settings, says of a tool call. Plain values; who asks and when is the run's."""

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Decision", "DecisionKind"]

DecisionKind = Literal["once", "session", "always", "denied"]


@dataclass(frozen=True)
class Decision:
    """The answer to a tool that asks."""

    kind: DecisionKind
    """Let it run `once`, for the whole `session`, `always`; or not."""
    reason: str = ""
    """Why not, for the model."""
    arguments: dict[str, Any] | None = None
    """What the tool is to run with instead of the model's; None leaves them."""
    rule: str = ""
    """The rule that decided, or that was written for all calls to come."""

    @property
    def allows(self) -> bool:
        """Whether the call may run."""
        return self.kind != "denied"

    def told(self) -> dict[str, Any]:
        """The value of the event that tells it, without the call's id."""
        told: dict[str, Any] = {"state": self.kind}
        if self.reason:
            told["reason"] = self.reason
        if self.arguments is not None:
            told["arguments"] = self.arguments
        if self.rule:
            told["rule"] = self.rule
        return told
