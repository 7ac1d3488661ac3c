"""Writes to the terminal, and goes on without it when it is closed: who writes never fails for that."""

import os
import select
from collections.abc import Mapping
from typing import TextIO

__all__ = ["TerminalOutput", "passed_through"]

_SCREEN_LIMIT = 700
"""Characters, of which each is one byte."""


def _in_ascii() -> dict[int, str]:
    """Each sign that a screen is drawn with, by one of ASCII that looks like it and is as wide."""
    table = dict.fromkeys(range(0x2500, 0x2580), "+")  # corners and crossings of lines
    table |= dict.fromkeys(range(0x2580, 0x25A0), "#")  # blocks
    for signs, sign in (
        ("─━┄┅┈┉╌╍╴╶╸╺╼╾▔‾–—‐‑", "-"),
        ("═", "="),
        ("│┃┆┇┊┋╎╏║╵╷╹╻╽╿▌▏▎▍▐▕", "|"),
        ("╱", "/"),
        ("╲", "\\"),
        ("▁▂▃", "_"),
        ("•●◆◉◼■★⬤", "*"),
        ("○◌◯□◇☐", "o"),
        ("✓✔☑", "v"),
        ("✗✘✕✖×☒", "x"),
        ("▶▸►→⟶»›⏵", ">"),
        ("◀◂◄←⟵«‹↩⏎", "<"),
        ("▲▴△↑", "^"),
        ("▼▾▽↓⌄", "v"),
        ("…", "~"),
        ("·‧∙", "."),
        ("‘’", "'"),
        ("“”", '"'),
        ("\u00a0\u2007\u2009\u202f", " "),
    ):
        table |= dict.fromkeys(map(ord, signs), sign)
    return {**table, ord("🔎"): "? "}


_IN_ASCII = _in_ascii()


class TerminalOutput:
    """The file that the screen is written to; what a closed terminal does not take is dropped."""

    def __init__(self, file: TextIO, *, ascii: bool = False) -> None:
        """`ascii` draws lines and signs with ASCII only; letters of other scripts stay."""
        self._descriptor = file.fileno()
        self._signs = _IN_ASCII if ascii else None
        self.is_lost = False
        """Whether the terminal was closed."""

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._descriptor

    def write(self, text: str) -> None:
        """Write all of `text`, waiting for a slow terminal. Called in the writer's thread."""
        if self._signs is not None and not text.isascii():
            text = text.translate(self._signs)
        data = memoryview(text.encode("utf-8", "replace"))
        while data and not self.is_lost:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # another program that has the terminal open can make it so
                select.select([], [self._descriptor], [])
            except OSError:
                self.is_lost = True

    def flush(self) -> None:
        """Nothing is held back."""


def passed_through(sequence: str, environ: Mapping[str, str]) -> str:
    """A sequence for the user's own terminal, as it comes through tmux or GNU screen, which stand before it.

    It is there twice: as it is for what takes it that way, and wrapped. Screen takes 768 bytes of a string at most.
    https://github.com/tmux/tmux/wiki/FAQ#what-is-the-passthrough-escape-sequence-and-how-do-i-use-it
    https://www.gnu.org/software/screen/manual/html_node/Control-Sequences.html
    """
    kind = environ.get("TERM", "")
    if "TMUX" in environ or kind.startswith("tmux"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"{sequence}\x1bPtmux;{doubled}\x1b\\"
    if "STY" in environ or kind.startswith("screen"):
        pieces = (sequence[at : at + _SCREEN_LIMIT] for at in range(0, len(sequence), _SCREEN_LIMIT))
        return sequence + "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence
