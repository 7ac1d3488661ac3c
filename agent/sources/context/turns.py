"""Which turns and steps of a conversation are told to whoever answers next. Knows no model."""

from collections.abc import Iterable

from agent.conversation.run import Run, Step

__all__ = ["own_steps", "told_runs"]


def told_runs(runs: Iterable[Run]) -> list[Run]:
    """Those of `runs` that are told: ended ones, and of one that was asked again only how it went the last time."""
    runs = list(runs)
    asked_again = {run.retry_of for run in runs}
    return [run for run in runs if not run.is_open and run.id not in asked_again]


def own_steps(run: Run) -> list[Step]:
    """The steps of the run's own agent; what its sub-agents did it knows by the results of its calls."""
    inner: set[int] = set()
    for step in run.steps:
        if step.agent is not None or step.parent in inner:
            inner.add(step.number)
    return [step for step in run.steps if step.number not in inner]
