"""The waterfall under the panes of a screen: which turn it shows, at which moment, and what stands around it.

The chat and the replay have it alike. It asks its screen what to show and has the pane show it; whose cursor it is, the
screen decides.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from agent.conversation.prices import Price
from agent.conversation.run import Run
from tui.drawing.glyphs import Glyphs
from tui.panes.waterfall.pane import Waterfall

__all__ = ["Moment", "WaterfallFrame"]

_CORNERS = 6
"""Cells of the frame's lower edge that are none of its words'."""
_EMPTY = "Where a turn's time goes stands here: model, arguments, tools, you. Ask a question to see it."
_UNDATED = "This recording does not say when anything happened, so there is no time to show."


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a screen stands on."""

    run: Run | None
    """The turn, as far as it is known."""
    at: float | None = None
    """Where in it, in ms since the epoch; None is nowhere in particular."""
    now: float | None = None
    """How far time has gone where the turn goes on."""
    price: Price | None = None


class WaterfallFrame(Vertical):
    """The pane between the times of its cells and the figures of the line under the cursor, and what signs mean."""

    DEFAULT_CSS = """
    WaterfallFrame {
        height: 45%;
        min-height: 8;
        display: none;

        &.-open { display: block; }
        & > Static {
            height: 1;
            padding: 0 1;
            color: $text-muted;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
    }
    """

    def __init__(self, look: Callable[[], Moment], glyphs: Glyphs, *, id: str) -> None:
        """`look` gives what the screen stands on, whenever that may have changed."""
        super().__init__(id=id, classes="pane")
        self._look = look
        self._ruler = Static(markup=False)
        self._told = Static(markup=False)
        self.waterfall = Waterfall(glyphs=glyphs, empty_text=_EMPTY, id="waterfall")
        self.border_title = "Waterfall"
        self._chosen: tuple[str, float] = ("", 0.0)
        """A moment that was chosen in a turn, by its id."""

    def compose(self) -> ComposeResult:
        """The times over their tracks, the figures below."""
        yield self._ruler
        yield self.waterfall
        yield self._told

    @property
    def is_open(self) -> bool:
        """Whether it is to be seen."""
        return self.has_class("-open")

    def open(self, *, is_open: bool) -> None:
        """Show it, or put it away; it is mounted by then."""
        self.set_class(is_open, "-open")
        self.update()

    def update(self) -> None:
        """Show where the screen stands now."""
        if not self.is_open or not self.is_mounted:
            return
        moment = self._look()
        is_timed = moment.run is None or moment.run.is_dated
        self.waterfall.empty_text = _EMPTY if is_timed else _UNDATED
        self.waterfall.use_prices(moment.price)
        run = moment.run if is_timed else None
        if run is not None and moment.at is None and self._chosen[0] == run.id:
            self.waterfall.show(run, self._chosen[1], now=moment.now)
        else:
            self.waterfall.show(run, moment.at, now=moment.now)

    def on_waterfall_moment_selected(self, message: Waterfall.MomentSelected) -> None:
        """Stand there where the screen itself stands nowhere; else it goes there."""
        if (run := self._look().run) is not None:
            self._chosen = run.id, message.moment
            self.update()

    def on_waterfall_drawn(self) -> None:
        """Say what its cells, its signs and its line are."""
        self._ruler.update(self.waterfall.ruler, layout=False)
        self._told.update(self.waterfall.told, layout=False)
        words = ""
        for meaning in self.waterfall.legend:
            longer = f"{words}{'  ' * bool(words)}{meaning}"
            if cell_len(longer) > self.size.width - _CORNERS:
                break
            words = longer
        self.border_subtitle = Content(words)
