"""Which turns and steps of a conversation are told to whoever answers next. Knows no model."""

from collections.abc import Iterable

from agent.conversation.lineage import Lineage
from agent.conversation.run import Run

__all__ = ["branched_thread", "told_runs"]


def told_runs(runs: Iterable[Run]) -> list[Run]:
    """Those of `runs` that are told: ended ones, and of one that was asked again only how it went the last time."""
    runs = list(runs)
    asked_again = {run.retry_of for run in runs}
    return [run for run in runs if not run.is_open and run.id not in asked_again]


def branched_thread(thread_id: str, turns: Iterable[tuple[str, Lineage | None]]) -> str:
    """The id of a session's thread; where the session branches off another a new one, for whoever remembers that other.

    `turns` are the ids of its turns, the latest first, each with where it comes from.
    """
    for run_id, lineage in turns:
        if lineage is not None and lineage.branch != "retry":
            return f"{thread_id}/{run_id}"
    return thread_id
