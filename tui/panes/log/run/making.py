"""Makes views of runs. What draws them is imported with the first one, so that an empty log does not wait for it."""

from typing import TYPE_CHECKING

from agent.conversation.run import Run
from tui.drawing.glyphs import Glyphs

if TYPE_CHECKING:
    from tui.panes.log.run.view import RunView

__all__ = ["make_view", "prepare_drawing"]


def make_view(run: Run, width: int, glyphs: Glyphs, unfolded: set[str], *, marks: bool) -> "RunView":
    """The lines of a run in `width` cells; of the reasonings those are whole whose ids are `unfolded`."""
    from tui.panes.log.run.view import RunView

    return RunView(run, width, glyphs, unfolded, marks=marks)


def prepare_drawing() -> None:
    """Import what draws runs, and what colours their code, so that the first run does not wait for it. Blocks."""
    from tui.drawing.markdown.highlight import prepare
    from tui.panes.log.run import view  # noqa: F401

    prepare()
