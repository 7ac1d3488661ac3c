"""Where a run stands, as one sign: the same wherever a run is shown."""

import re

from agent.conversation.run import Run, RunStatus
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Span

__all__ = ["run_state", "status_sign", "waited_for"]

_NUMBERED = re.compile(r"step \d+")
"""The names that steps have by themselves."""
_LONGEST = 32
"""Characters that are told of a name."""


def run_state(run: Run, glyphs: Glyphs) -> Span:
    """The sign of a run's status; a run that waits for somebody says so, and one that is cut off that it is."""
    if run.is_waiting or (run.is_open and run.asking is not None):
        return Span(glyphs.waiting, "warning")
    if run.is_open and run.is_cut_off:
        return Span(glyphs.stopped, "warning")
    return status_sign(run.status, glyphs)


def status_sign(status: RunStatus, glyphs: Glyphs) -> Span:
    """The sign of where a run stands."""
    match status:
        case RunStatus.RUNNING:
            return Span(glyphs.live, "live")
        case RunStatus.ANSWERED:
            return Span(glyphs.done, "ok")
        case RunStatus.CANCELLED | RunStatus.INTERRUPTED:
            return Span(glyphs.stopped, "warning")
        case _:
            return Span(glyphs.failed, "error")


def waited_for(run: Run) -> str:
    """Who or what a run waits for while nothing is said: the node or the step that goes on, by a name that its author
    gave it, else who makes the run."""
    step = run.steps[-1] if run.steps and run.steps[-1].ended is None else None
    name = next(reversed(run.nodes.values()), "") or ("" if step is None else step.title)
    name = flat(name).strip()
    if not name or name in ("agent", "model") or _NUMBERED.fullmatch(name):
        return f"the {name if name in ('agent', 'model') else run.maker}"
    return name[:_LONGEST]
