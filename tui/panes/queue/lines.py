"""What waits behind a turn that is going on: questions not sent yet, a line each. Knows texts; sends none."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from agent.figures import plural
from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.key_labels import DEFAULT_KEYS, Keys

__all__ = ["QueueLines"]

_SHOWN = 3


class QueueLines(Static):
    """The last lines above the input; not there while nothing waits."""

    DEFAULT_CSS = """
    QueueLines {
        height: auto;
        padding: 0 2;
        color: $text-muted;
        display: none;
        &.-waiting { display: block; }
        &.-held { color: $text-warning; }
    }
    """

    def __init__(self, *, glyphs: Glyphs = UNICODE, keys: Keys = DEFAULT_KEYS, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = keys
        self._glyphs = glyphs
        self._texts: tuple[str, ...] = ()
        self._steering = 0
        self._is_held = False
        self._can_steer = False
        self._drawn = ""

    def show(self, texts: Sequence[str], *, steering: int = 0, is_held: bool = False, can_steer: bool = False) -> None:
        """Show what waits, the first to be sent first; `steering` of them go into the running turn.

        `is_held`: nothing of it is sent until the user says so. `can_steer`: the running turn can be told more.
        """
        self._texts, self._steering, self._is_held = tuple(texts), steering, is_held
        self._can_steer = can_steer
        self.set_class(bool(texts), "-waiting")
        self.set_class(is_held, "-held")
        self._draw()

    def on_resize(self) -> None:
        """There is room for other words."""
        self._draw()

    def _draw(self) -> None:
        width = self.size.width - 4
        lines: list[str] = []
        for number, text in enumerate(self._texts[:_SHOWN]):
            sign = self._glyphs.result if number < self._steering else self._glyphs.pending
            told = "into this turn: " if number < self._steering else "" if self._is_held else "waits: "
            lines.append(fit(f"{sign} {told}{flat(text)}", width, self._glyphs.ellipsis))
        if (more := len(self._texts) - _SHOWN) > 0:
            lines.append(f"{self._glyphs.ellipsis} {more} more")
        if self._is_held:
            what = "it" if len(self._texts) == 1 else "them"
            keys = self._keys.fill(f"{{input.send}} sends {what}, Up edits the last, Del drops it")
            told = f"{plural(len(self._texts), 'question')} held back: {keys}"
            if len(told) > width:  # the keys matter most
                told = self._keys.fill("{input.send} sends  Up edits  Del drops")
            lines.append(fit(told, width, self._glyphs.ellipsis))
        elif len(self._texts) > self._steering:
            steer = "  {input.steer} the first into this turn" if self._can_steer else ""
            told = self._keys.fill(f"Up takes the last back  Del drops it{steer}")
            lines.append(fit(told, width, self._glyphs.ellipsis))
        drawn = "\n".join(lines)
        if drawn != self._drawn:  # it is told at every tick of a turn, and each update lays out the whole screen
            self._drawn = drawn
            self.update(Content(drawn))
