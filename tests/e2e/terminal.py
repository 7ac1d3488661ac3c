"""The real program in a real pseudo-terminal, and the screen that a user would see.

It owns the terminal's side: the size, the keys, the answers to what the program asks of it, and waiting for a state of
the screen until a deadline. It knows nothing of what the program is.
"""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from tests.e2e.forks import Fork, fork

__all__ = ["CTRL_UP", "DOWN", "ENTER", "ESC", "TAB", "UP", "Terminal", "ctrl", "pasted", "program"]

ENTER, ESC, TAB = "\r", "\x1b", "\t"
UP, DOWN, CTRL_UP = "\x1b[A", "\x1b[B", "\x1b[1;5A"

_DEADLINE = 60.0
"""Seconds: far beyond what anything here takes, so that a busy machine fails no test."""
_POLL = 0.05
_LAUNCHER = "import fcntl, os, sys, termios; fcntl.ioctl(1, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
"""Makes the pseudo-terminal the controlling one before the program starts, as a shell does."""
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?<>=$]*)?\Z")
_MODE_QUERY = re.compile(r"\x1b\[\?(\d+)\$p")
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?\d+\$p")
_SYNCHRONISED = "2026"


def program(*arguments: str) -> list[str]:
    """The command line that starts the program."""
    return [sys.executable, "-m", "tui", *arguments]


def ctrl(letter: str) -> str:
    """What a terminal sends for Ctrl and a letter."""
    return chr(ord(letter) & 0x1F)


def pasted(text: str) -> str:
    """What a terminal sends for a paste."""
    return f"\x1b[200~{text}\x1b[201~"


class Terminal:
    """Runs the program until the `with` block is left; what is still running then is killed."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        piped: bytes | None = None,
        controls: bool = True,
        command: Sequence[str] | None = None,
    ) -> None:
        """`command` is run in the place of the program; the program itself is a fork with its imports done.

        `piped` is given to it by a pipe, not by the terminal. A terminal that does not control the program sends it no
        signals.
        """
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._lines: list[str] | None = None
        self._ended = False
        self._is_closed = False
        self.output = ""
        """All that the program has written."""
        self._master, slave = os.openpty()
        self.name = os.ttyname(slave)
        """The terminal's device, for another program that draws on it."""
        self._set_size(columns, rows)
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}
        self.process: Fork | subprocess.Popen[bytes]
        try:
            if command is None and piped is None and controls:
                where = str(cwd or Path.cwd())
                self.process = fork(arguments=arguments, env=environment, cwd=where, terminal=self.name)
                return
            command = command or program(*arguments)
            process = self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command] if controls else command,
                stdin=slave if piped is None else subprocess.PIPE,
                stdout=slave,
                stderr=slave,
                env=environment,
                cwd=cwd,
                start_new_session=True,
            )
        finally:
            os.close(slave)
        if process.stdin is not None:
            process.stdin.write(piped or b"")
            process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()
        self.close()

    # What the user sees

    @property
    def lines(self) -> list[str]:
        """The screen, line by line."""
        if self._lines is None:
            self._lines = list(self._screen.display)
        return self._lines

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    def colour_of(self, text: str) -> str:
        """The colour in which a text on the screen begins; empty where it is not there."""
        y = next((y for y, line in enumerate(self.lines) if text in line), None)
        return "" if y is None else str(self._screen.buffer[y][self.lines[y].index(text)].fg)

    def background_of(self, text: str) -> str:
        """The colour behind the beginning of a text that is on the screen; empty where it is not there."""
        y = next((y for y, line in enumerate(self.lines) if text in line), None)
        return "" if y is None else str(self._screen.buffer[y][self.lines[y].index(text)].bg)

    @property
    def prompt(self) -> str:
        """What stands in the last box on the screen, without its frame: the input."""
        bottom = max((y for y, line in enumerate(self.lines) if line.lstrip()[:1] in ("┗", "╰")), default=0)
        top = max((y for y, line in enumerate(self.lines[:bottom]) if line.lstrip()[:1] in ("┏", "╭")), default=0)
        return "\n".join(line.strip().strip("┃│▁▂▃▄▅▆▇█").strip() for line in self.lines[top + 1 : bottom])

    def wait_for(self, state: "str | Callable[[Terminal], bool]", deadline: float = _DEADLINE) -> float:
        """Wait until a text is on the screen or a condition holds; gives the seconds that took."""
        start = time.monotonic()
        while self._is_amid_frame or not (state in self.text if isinstance(state, str) else state(self)):
            left = start + deadline - time.monotonic()
            if self._ended or left <= 0:
                what = repr(state) if isinstance(state, str) else "the awaited state"
                why = "the program ended" if self._ended else f"{deadline:g} s passed"
                raise AssertionError(f"{why} and {what} never came:\n{self.text}")
            self._read(min(left, _POLL))  # the state may be one that the program writes nothing about
        return time.monotonic() - start

    @property
    def _is_amid_frame(self) -> bool:
        """Whether the program has begun a frame and not written all of it; a read takes 4 kB at most."""
        begun, ended = (self.output.rfind(f"\x1b[?{_SYNCHRONISED}{sign}") for sign in "hl")
        return begun > ended and not self._ended

    def wait_until_gone(self, text: str, deadline: float = _DEADLINE) -> float:
        """Wait until a text is no longer on the screen; gives the seconds that took."""
        return self.wait_for(lambda terminal: text not in terminal.text, deadline)

    def wait_until_still(self, quiet: float = 0.3) -> None:
        """Wait until the program has written nothing for so many seconds."""
        last = time.monotonic()
        while time.monotonic() - last < quiet and not self._ended:
            before = len(self.output)
            self._read(_POLL)
            last = time.monotonic() if len(self.output) > before else last

    # What the user does

    def send(self, *keys: str | bytes) -> None:
        """Type, each of `keys` in a write of its own."""
        for key in keys:
            os.write(self._master, key if isinstance(key, bytes) else key.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the program is told by the system."""
        self._screen.resize(rows, columns)
        self._lines = None
        self._set_size(columns, rows)

    def close(self) -> None:
        """Take the terminal away, as closing its window does."""
        if not self._is_closed:
            self._ended = self._is_closed = True
            os.close(self._master)

    def kill(self) -> None:
        """Kill the program without warning; what it had written is still read."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.wait_exit()

    def wait_exit(self, deadline: float = _DEADLINE) -> int:
        """Wait for the program's end; gives its exit code."""
        end = time.monotonic() + deadline
        while not self._ended and time.monotonic() < end:
            self._read(0.1)
            self._ended = self._ended or (self.process.poll() is not None and not self._readable(0))
        return self.process.wait(timeout=max(end - time.monotonic(), 0.1))

    # The wire

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._master], [], [], seconds)[0])

    def _read(self, seconds: float) -> None:
        """Take what the program writes next, waiting for it this long at most."""
        if not self._readable(seconds):
            return
        try:
            data = os.read(self._master, 65536)
        except OSError:  # how Linux tells that nobody holds the other end any more
            data = b""
        self._ended = not data
        self._show(self._decoder.decode(data))

    def _show(self, text: str) -> None:
        self.output += text
        text = self._rest + text
        unfinished = _UNFINISHED.search(text)
        self._rest = unfinished[0] if unfinished else ""
        text = text.removesuffix(self._rest)
        for query in _MODE_QUERY.finditer(text):
            self.send(f"\x1b[?{query[1]};{2 if query[1] == _SYNCHRONISED else 0}$y")
        self._lines = None
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", text))
