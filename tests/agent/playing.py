"""What the tests of the player share: a clock that passes only when someone waits, and lists of timed events."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import repeat

from agent.conversation.items import Interrupt
from agent.conversation.reducer import Conversation
from agent.events import types as ev

__all__ = ["VirtualClock", "deep", "texts_at"]


class VirtualClock:
    """Passes at once to whatever moment is waited for, and beyond it by its jitter."""

    def __init__(self, jitter: Iterable[float] = repeat(0.0)) -> None:
        """`jitter` is in seconds, one for each waking."""
        self.moment = 100.0
        self._jitter: Iterator[float] = iter(jitter)

    def now(self) -> float:
        """Seconds."""
        return self.moment

    async def wait(self, woken: asyncio.Event, until: float | None) -> None:
        """Wait, as `agent.recordings.player.Clock` says."""
        if until is None:
            await woken.wait()
            return
        await asyncio.sleep(0)
        if not woken.is_set():
            self.moment = max(self.moment, until) + next(self._jitter)


def texts_at(*times: float | None) -> list[ev.Event]:
    """A run that begins at the first of these moments, in ms, and says a fragment at each of the others."""
    first, *others = times
    fragments = [ev.TextMessageContent(timestamp=time, message_id="m", delta="x") for time in others]
    return [ev.RunStarted(timestamp=first, thread_id="t", run_id="r"), *fragments]


def deep(conversation: Conversation) -> list[object]:
    """All that a conversation shows, its figures and moments too, which its own `==` leaves out."""
    shown: list[object] = [conversation.thread_id, sorted(conversation.call_ids)]
    for run in conversation.runs:
        counts = (run.tool_fragments, run.answer_fragments, run.reasoning_fragments, run.version)
        spans = [(step.first_fragment, step.last_fragment) for step in run.steps]
        times = [item.fragments.times.tolist() for item in run.items if not isinstance(item, Interrupt)]
        shown.append((run, counts, spans, times))
    return shown
