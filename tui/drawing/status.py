"""Where a run stands, as one sign: the same wherever a run is shown."""

from agent.conversation.run import Run, RunStatus
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Span

__all__ = ["run_state", "status_sign"]


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
