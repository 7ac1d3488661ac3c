"""Makes views of runs. What draws them is imported with the first one, so that an empty log does not wait for it."""

from typing import TYPE_CHECKING

from agent.conversation.run import Run
from tui.drawing.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.panes.log.run.view import RunView

__all__ = ["make_view", "prepare_drawing"]


def make_view(run: Run, width: int, glyphs: Glyphs, unfolded: set[str], *, marks: bool, again: str) -> "RunView":
    """The lines of a run in `width` cells; of the reasonings those are whole whose ids are `unfolded`.

    `again` says how a question is asked again, '' where it cannot be.
    """
    from tui.panes.log.run.view import RunView

    return RunView(run, width, glyphs, unfolded, marks=marks, again=again)


def prepare_drawing() -> None:
    """Import what draws runs, and what colours their code, so that the first run does not wait for it. Blocks."""
    from tui.drawing.markdown.highlight import prepare
    from tui.panes.log.run import view  # noqa: F401

    prepare()
