"""What a tool's call can do beside giving its result: tell how far it is, and ask the user.

A tool runs in a thread or on a loop of its own, and finds them in its context; both can be used from anywhere, as long
as the call goes on.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass

from agent.events.types import ResumeEntry
from agent.sources.questions.interrupts import Interrupt

__all__ = ["CURRENT", "Surroundings"]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Those of one call."""

    tell: Callable[[float, float | None, str], None]
    """Tell how much is done, of how much where that is known, and in words."""
    ask: Callable[[Interrupt], Awaitable[ResumeEntry]]
    """Have the user answer a question; awaited on any loop. One that cannot be asked now is cancelled."""


CURRENT: ContextVar[Surroundings | None] = ContextVar("call", default=None)
"""Of the call that is going on in this context."""
