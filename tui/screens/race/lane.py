"""One racer on the screen. Whose turn it is, the screen knows."""

from collections.abc import Callable

from agent.settings.settings import Settings
from agent.sources.race import Racer
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys
from tui.presenter import Beat, Presenter
from tui.screens.column import Column

__all__ = ["Lane"]


class Lane(Column):
    """The pictures of one racer's session, which its presenter paints."""

    def __init__(
        self, racer: Racer, settings: Settings, glyphs: Glyphs, keys: Keys, now: Callable[[], float], beat: Beat
    ) -> None:
        """`now` gives milliseconds since the epoch; all lanes paint at one `beat`."""
        super().__init__(settings, glyphs, keys, f"{flat(racer.name)} is being loaded {glyphs.ellipsis}")
        self.racer = racer
        self.status.model = racer.name
        self.presenter = Presenter(racer.session.conversation, self, now, beat=beat)
