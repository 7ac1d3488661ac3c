"""The last line of a screen: the keys that matter now, and for a few seconds what the user is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer

from tui.key_labels import Keys

if TYPE_CHECKING:
    from tui.panes.status.bar import StatusBar

__all__ = ["LastLine"]

_NOTICE_SECONDS = 4.0


class LastLine:
    """Writes into the status bar, as soon as there is one."""

    def __init__(
        self,
        keys: Keys,
        status: "Callable[[], StatusBar | None]",
        later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        """`later` calls something after so many seconds."""
        self._keys = keys
        self._status = status
        self._later = later
        self._timer: Timer | None = None
        self._early = ""
        """Said before there was anything to show it in."""

    def tell(self, text: str) -> None:
        """Tell the user something for a few seconds; '' ends that."""
        if (status := self._status()) is None:
            self._early = text
            return
        status.notice = text
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._later(_NOTICE_SECONDS, lambda: self.tell("") if text else None)

    def hint(self, words: str) -> None:
        """Name these keys, which `words` have by their actions."""
        if (status := self._status()) is None:
            return
        status.hint = self._keys.hint(words)
        if self._early:
            early, self._early = self._early, ""
            self.tell(early)
