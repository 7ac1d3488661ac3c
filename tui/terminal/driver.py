"""Textual's driver for a real terminal, with our own reading of what comes from it.

What is read goes through `InputReader` and `report`; of what is left Textual's parser makes events. The terminal is
asked whether it is light or dark, and when it is closed the app is told, whether or not a signal comes.
"""

import fcntl
import os
import select
import selectors
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.terminal.clipboard import cleaned
from tui.terminal.descriptors import screen_streams
from tui.terminal.input import InputReader, Pasted, Sequence, Token, Typed
from tui.terminal.layouts import latin_key
from tui.terminal.output import TerminalOutput
from tui.terminal.reports import Background, Keys, Letters, report

__all__ = ["AsciiDriver", "LayoutKey", "TerminalDriver", "has_shell", "messages"]

_READ_SIZE = 65_536
"""Bytes."""
_ASK_ALTERNATE_KEYS = "\x1b[=4;2u"
"""Adds to what Textual asked of kitty's protocol: each key's place on a Latin keyboard."""
_ASK_BACKGROUND = "\x1b]11;?\x1b\\\x1b[?2031h"
"""What it is now, and to be told when it changes."""
_FORGET_BACKGROUND = "\x1b[?2031l"
_TAKE_AGAIN = "\x1b[?1049h\x1b[?25l\x1b[2J"
"""The other screen, no cursor, nothing on it."""
_RESTORE = b"\x1b[?1000;1003;1006;1015;1016;1004;2004;2031;2048l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"
"""All that may be set, for a program that cannot end as it should."""


class LayoutKey(events.Key):
    """A letter of another script, with what its key gives on a Latin keyboard."""

    __slots__ = ["latin"]

    def __init__(self, key: str, character: str | None, latin: str) -> None:
        super().__init__(key, character)
        self.latin = latin

    def copy(self) -> "LayoutKey":
        """Called by Textual."""
        return LayoutKey(self.key, self.character, self.latin)


# Textual finds handlers by this name and gives each class its own; to widgets it is a key as any other.
LayoutKey.handler_name = events.Key.handler_name


class TerminalDriver(LinuxDriver):
    """The terminal that the program was started in."""

    DRAWS_ASCII = False
    """Whether only ASCII is drawn but for letters: Textual has signs of its own."""

    @dataclass
    class Closed(Message):
        """There is no terminal any more."""

    @dataclass
    class TakenBack(Message):
        """Another program had changed the terminal's modes; they are as they were."""

    @dataclass
    class BackgroundTold(Message):
        """The terminal's background is light or dark."""

        is_light: bool

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        keys, screen = screen_streams()
        self.fileno, self.input_tty = keys.fileno(), keys.isatty()
        self._output = TerminalOutput(screen, ascii=self.DRAWS_ASCII)
        self._file = self._output  # type: ignore[assignment]  # of a file it has what the writer uses
        self._stop_reading, self._stopping = os.pipe()
        """Written to when the thread that reads is to end; nothing polls."""
        self._modes: list[Any] | None = None
        """Those of the terminal while it is drawn on: keys come one by one and are not shown."""
        self._typed_ahead = 0
        """Bytes of whole lines that were typed before the terminal was taken and are not read yet."""

    def _get_terminal_size(self) -> tuple[int, int]:
        """Called by Textual, which looks at streams that do not lead to the terminal while it is private."""
        with suppress(OSError):
            columns, lines = os.get_terminal_size(self.fileno)
            if columns and lines:
                return columns, lines
        return super()._get_terminal_size()

    # The way in and out

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._typed_ahead = _bytes_typed_ahead(self.fileno)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's
        if not constants.DISABLE_KITTY_KEY:
            self.write(_ASK_ALTERNATE_KEYS)
        if os.environ.get("TERM") != "linux":  # the console would draw the question
            self.write(_ASK_BACKGROUND)
        self.flush()
        with suppress(termios.error):
            self._modes = termios.tcgetattr(self.fileno)

    def flush(self) -> None:
        """Called with each frame. A program that has opened the terminal by itself (`/dev/tty`) may have left it, or be
        about to ask there: then no key would come before a whole line of them."""
        super().flush()
        with suppress(termios.error):
            if self._modes is not None and termios.tcgetattr(self.fileno) != self._modes:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._modes)
                self.send_message(self.TakenBack())

    def take_again(self) -> None:
        """Have the terminal as it was taken, but for what stands on it."""
        with suppress(termios.error):
            if self._modes is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._modes)
        self.write(_TAKE_AGAIN)
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self.flush()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self._modes = None
        if os.environ.get("TERM") != "linux":
            self.write(_FORGET_BACKGROUND)
        super().stop_application_mode()

    def disable_input(self) -> None:
        """Let the thread that reads end, and wait for it."""
        os.write(self._stopping, b".")
        super().disable_input()
        os.read(self._stop_reading, _READ_SIZE)

    def restore(self) -> None:
        """Give the terminal back at once, past everything that may be stuck. Never fails, and never waits."""
        with suppress(OSError, termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            if select.select([], [self._output], [], 0)[1]:
                os.write(self._output.fileno(), _RESTORE)

    def _run_input_thread(self) -> None:
        """Called by Textual as the thread; its own would draw the error over the user's shell."""
        try:
            self.run_input_thread()
        except Exception as error:  # whatever it is, the keys are dead: the program must end
            self._app.call_later(self._app._handle_exception, error)

    # What comes in

    def run_input_thread(self) -> None:
        """Read until the program leaves the terminal or the terminal is closed."""
        reader, parser = InputReader(), XTermParser(self._debug)
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._stop_reading, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(reader.patience)}
                if self._stop_reading in ready:
                    return
                if ready:
                    data = self._read()
                    if not data:
                        self.send_message(self.Closed())
                        return
                    tokens = reader.feed(data)
                else:
                    tokens = reader.give_up()
                for message in messages(tokens, parser):
                    self.process_message(message)

    def _read(self) -> bytes:
        """What has come; nothing where the terminal was closed, which Linux tells as an error."""
        with suppress(OSError):
            data = os.read(self.fileno, self._typed_ahead or _READ_SIZE)
            if self._typed_ahead:  # the terminal had made a line feed, which is another key, of each Enter
                self._typed_ahead -= len(data)
                return data.replace(b"\n", b"\r")
            return data
        return b""


class AsciiDriver(TerminalDriver):
    """The same for a terminal that has no other signs."""

    DRAWS_ASCII = True


def _bytes_typed_ahead(terminal: int) -> int:
    """How much has come to it in whole lines whose ends it has changed."""
    with suppress(OSError, termios.error):
        modes = termios.tcgetattr(terminal)
        if modes[0] & termios.ICRNL and modes[3] & termios.ICANON:
            return int.from_bytes(fcntl.ioctl(terminal, termios.FIONREAD, bytes(4)), sys.byteorder)
    return 0


def has_shell() -> bool:
    """Whether there is a shell that gets the terminal when this job stops: a leader of the session in another job."""
    return os.getsid(0) != os.getpgrp()


def messages(tokens: list[Token], parser: XTermParser) -> Iterator[Message]:
    """What the app is told of; `parser` is Textual's, which keeps where the mouse was."""
    for token in tokens:
        match token:
            case Typed(text):
                yield from _typed(text, parser)
            case Pasted(text):
                yield events.Paste(cleaned(text))
            case Sequence(text):
                match report(text):
                    case Keys("\x1b"):
                        yield events.Key("escape", "\x1b")
                    case Keys(sequence):
                        yield from parser.feed(sequence)
                    case Letters(letters, place):
                        yield from _typed(letters, parser, place)
                    case Background(is_light):
                        yield TerminalDriver.BackgroundTold(is_light)


def _typed(text: str, parser: XTermParser, place: str | None = None) -> Iterator[Message]:
    for letter in text:
        if "\x80" <= letter < "\xa0":  # C1 controls: no keyboard has them
            continue
        if letter >= "\xa0" and not letter.isprintable():
            # Joiners, the spaces of other scripts, signs that are younger than this Python: no keys to Textual.
            if shown := cleaned(letter):
                yield events.Paste(shown)
            continue
        latin = place or latin_key(letter)
        for message in parser.feed(letter):
            if latin is not None and isinstance(message, events.Key):
                yield LayoutKey(message.key, message.character, latin)
            else:
                yield message
