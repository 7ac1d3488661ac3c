"""Keeps the terminal, and the answer on standard output, from foreign code: tools, their children, libraries in C.

It owns descriptors 0, 1 and 2 of the process from before a tool is imported: what foreign code prints goes where it
harms nothing, what it reads is at its end. Python's own capture (`sys.stdout`) reaches neither children nor C;
descriptors do.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

__all__ = ["own_output", "print_to_descriptors", "private_terminal", "screen_streams"]

_printing: list[tuple[TextIO, TextIO]] = []
"""Python's streams on descriptors 1 and 2 while the terminal is private: a screen has its own in their place."""

_own: list[tuple[TextIO, TextIO]] = []
"""The terminal's keys and screen while it is private."""


@contextlib.contextmanager
def private_terminal(log: Path) -> Iterator[None]:
    """While it lasts, the terminal belongs to `screen_streams` alone.

    No child inherits them, and none of Python's own streams leads there. Descriptor 0 is at its end, 1 and 2 lead to
    `log`, or nowhere where it cannot be written.
    """
    if os.name != "posix" or not _are_standard():
        yield
        return
    kept = [os.dup(number) for number in range(3)]
    encoding = sys.stdout.encoding
    keys = open(kept[0], encoding=encoding, errors="replace", closefd=False)  # noqa: SIM115 - the terminal outlives it
    # One for both: the screen draws on what is known to be a terminal, and standard error may be a file.
    screen = open(kept[1], "w", encoding=encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115
    _lead(0, os.devnull, os.O_RDONLY)
    try:
        _lead(1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except OSError:
        _lead(1, os.devnull, os.O_WRONLY)
    os.dup2(1, 2)
    _print_by_lines()
    _printing.append((sys.stdout, sys.stderr))
    _own.append((keys, screen))
    try:
        yield
    finally:
        _own.pop()
        _printing.pop()
        _flush(sys.stdout, sys.stderr, screen)
        _give_back(kept)


def screen_streams() -> tuple[TextIO, TextIO]:
    """Where a screen takes its keys from and where it draws."""
    if _own:
        return _own[-1]
    assert sys.__stdin__ is not None  # noqa: S101 - there is a terminal
    assert sys.__stderr__ is not None  # noqa: S101 - as above
    return sys.__stdin__, sys.__stderr__


def print_to_descriptors() -> None:
    """Let Python print where descriptors 1 and 2 lead while the terminal is private.

    A screen of Textual puts streams of its own in the place of `sys.stdout` and `sys.stderr` when it starts, and keeps
    to itself what comes by them; it takes them away when it ends.
    """
    if _printing:
        sys.stdout, sys.stderr = _printing[-1]


@contextlib.contextmanager
def own_output() -> Iterator[TextIO]:
    """Standard output for the holder of this stream alone; whatever else is printed goes to standard error.

    Descriptor 0 is at its end while it lasts: no tool waits for keys.

    Raises:
        OSError: what was written at the end is not taken.
    """
    if not _are_standard():
        yield sys.stdout
        return
    sys.stdout.flush()
    kept = [os.dup(number) for number in range(2)]
    own = open(kept[1], "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, closefd=False)  # noqa: SIM115
    _print_by_lines()  # before its descriptor leads elsewhere: what could be sought in may no longer be
    _lead(0, os.devnull, os.O_RDONLY)
    os.dup2(2, 1)
    try:
        yield own
        own.flush()
    finally:
        _flush(sys.stdout, own)
        _give_back(kept)


def _are_standard() -> bool:
    """Whether Python's streams are those of the process: a test or an embedding program may have put its own there."""
    try:
        return [stream.fileno() for stream in (sys.stdin, sys.stdout, sys.stderr)] == [0, 1, 2]
    except (AttributeError, OSError, ValueError):
        return False


def _lead(number: int, path: str | Path, flags: int) -> None:
    descriptor = os.open(path, flags, 0o600)
    os.dup2(descriptor, number)
    os.close(descriptor)


def _give_back(kept: list[int]) -> None:
    for number, descriptor in enumerate(kept):
        os.dup2(descriptor, number)
        os.close(descriptor)


def _print_by_lines() -> None:
    """What foreign code prints goes out at once, in order with what its children print."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")


def _flush(*streams: TextIO) -> None:
    for stream in streams:
        with contextlib.suppress(OSError, ValueError):  # it is full, gone, or closed by whoever printed
            stream.flush()
