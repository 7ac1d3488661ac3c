"""What the terminal is told besides the picture: its title, and a call for a user who looks elsewhere. Gives sequences.

The sequences are xterm's (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html): OSC 2 sets the title, 22 and 23 put
it away and bring it back; OSC 9 is a notification of iTerm2, kitty, WezTerm, Windows Terminal and others.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from agent.text import visible
from tui.terminal.output import passed_through

__all__ = ["KEEP_TITLE", "RESTORE_TITLE", "TerminalTitle", "call_sequence", "title_sequence"]

KEEP_TITLE = "\x1b[22;2t"
RESTORE_TITLE = "\x1b[23;2t"
_LONGEST = 80
_SIGNS = {"idle": "", "running": "\u25cf ", "asks": "? "}
_ASCII_SIGNS = {"idle": "", "running": "* ", "asks": "? "}


class TerminalTitle:
    """The terminal's title: the session's while there is one, and what it was before again."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """`write` sends the terminal what is not drawn."""
        self._write = write
        self._last = ""
        """What it was last set by; '' while it is what it was."""

    def show(self, title: str, state: Literal["idle", "running", "asks"], *, ascii: bool) -> None:
        """Have it tell of a session and its state."""
        sequence = title_sequence(title, state, ascii=ascii)
        if sequence != self._last:
            self._write(sequence if self._last else KEEP_TITLE + sequence)
            self._last = sequence

    def give_back(self) -> None:
        """Have it be what it was, where it was changed."""
        if self._last:
            self._write(RESTORE_TITLE)


def title_sequence(title: str, state: Literal["idle", "running", "asks"], *, ascii: bool) -> str:
    """Sets the terminal's title to the session's and its state."""
    sign = (_ASCII_SIGNS if ascii else _SIGNS)[state]
    name = _line(title)
    return f"\x1b]2;{sign}{f'{name} - ' if name else ''}tickertape\x07"


def call_sequence(how: Literal["off", "bell", "notify"], words: str, environ: Mapping[str, str]) -> str:
    """Calls the user: by the bell, by a notification, or not at all.

    What stands before his terminal hands a bell on, and a notification where it is wrapped.
    """
    if how == "notify":
        return passed_through(f"\x1b]9;{_line(words)}\x07", environ)
    return "\x07" if how == "bell" else ""


def _line(text: str) -> str:
    """Text of anybody's as one line without anything that a terminal would obey."""
    return " ".join(visible(text[: 4 * _LONGEST]).split())[:_LONGEST]
