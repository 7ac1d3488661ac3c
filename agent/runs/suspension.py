"""How a run ends that waits for its client: what a run says that cannot ask, and what stands in its last event."""

from collections.abc import Sequence
from typing import Any

__all__ = ["Deferred", "RunSuspended"]


class Deferred(Exception):
    """The user cannot be asked in this run: the next one of its thread brings the answer."""


class RunSuspended(Exception):
    """A run ends for now: it waits for what only the next one of its thread can bring."""

    def __init__(self, interrupts: Sequence[dict[str, Any]], pending: Sequence[str] = ()) -> None:
        """`interrupts` are questions as AG-UI tells them (https://docs.ag-ui.com/concepts/interrupts), `pending` the
        ids of calls whose results the client is to bring."""
        super().__init__("it waits for its client")
        self.interrupts = [*interrupts]
        self.pending = [*pending]

    @property
    def outcome(self) -> dict[str, Any]:
        """That of the run's end."""
        if self.interrupts:
            return {"type": "interrupt", "interrupts": self.interrupts}
        return {"type": "success", "pendingToolCallIds": self.pending}
