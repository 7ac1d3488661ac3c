"""Writes new files for the user, whole or not at all, and never over one that is there."""

import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from agent.errors import TickertapeError

__all__ = ["save_picture", "write_new"]

_NAMES = 100
"""Pictures of one second, at most."""


def write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all; one that is there is left as it is.

    Raises:
        TickertapeError: it is there, or cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            os.link(name, path)
        finally:
            os.unlink(name)
    except FileExistsError as error:
        raise TickertapeError(f"{path} is there already and is never overwritten: name another file") from error
    except OSError as error:
        raise TickertapeError(f"{path}: {error.strerror or error}") from error


def save_picture(svg: str, folders: Iterable[Path], now: datetime) -> Path:
    """Write a picture of the screen into the first of `folders` that takes it, and give its path. Blocks.

    Raises:
        TickertapeError: none takes it.
    """
    problem = TickertapeError("there is no folder for it")
    for folder in folders:
        for number in range(1, _NAMES):
            path = folder / f"tickertape-{now:%Y%m%d-%H%M%S}{f'-{number}' if number > 1 else ''}.svg"
            if path.exists():
                continue
            try:
                folder.mkdir(parents=True, exist_ok=True)
                write_new(path, svg)
            except (OSError, TickertapeError) as error:
                problem = TickertapeError(str(error))
                break
            return path
    raise problem
