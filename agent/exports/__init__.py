"""A session as something to keep or to show: Markdown, JSON, AG-UI events, or a page.

Pure from the lines of a transcript to bytes; what is drawn on a screen is not exported here. Knows no library.
"""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

from agent.conversation import Conversation
from agent.transcript import Line

__all__ = ["FORMATS", "SUFFIXES", "ExportFormat", "export", "write_export"]

ExportFormat = Literal["markdown", "json", "events", "html"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
SUFFIXES: dict[ExportFormat, str] = {"markdown": ".md", "json": ".json", "events": ".jsonl", "html": ".html"}
"""How a file of each format is best named."""


def export(lines: Iterable[Line], export_format: ExportFormat, *, session_id: str, title: str = "") -> Iterator[bytes]:
    """The lines of a session in another form, in pieces, UTF-8; `title` is the user's own, if any.

    Events are the bytes of every whole line, unchanged. Broken lines are in no export: who has to tell of them looks
    at the lines as they pass. Memory is that of the conversation; events need none.
    """
    if export_format == "events":
        for line in lines:
            if line.event is not None:
                yield line.raw + b"\n"
        return
    # Each brings libraries that the others, and commands that export nothing, do without.
    from agent.exports.words import ExportedSession

    conversation = Conversation(line.event for line in lines if line.event is not None)
    session = ExportedSession(id=session_id, given_title=title, conversation=conversation)
    match export_format:
        case "markdown":
            from agent.exports.markdown import markdown as pieces
        case "json":
            from agent.exports.json import json_text as pieces
        case "html":
            from agent.exports.html import html as pieces
    for piece in pieces(session):
        yield piece.encode("utf-8", "replace")


def write_export(path: Path, pieces: Iterable[bytes], *, overwrite: bool = False) -> None:
    """Write an export to a file for the user's eyes only: whole, or not at all. Blocks.

    What is no regular file (a pipe, a terminal) is written to as it is.

    Raises:
        FileExistsError: the file is there, and `overwrite` is not set.
        OSError: the system refused; nothing was left behind.
    """
    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as device:
            device.writelines(pieces)
        return
    if not overwrite and path.exists():  # before the work, not only after it
        raise FileExistsError(errno.EEXIST, "it is there already", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            os.replace(name, path)
        else:
            _put_in_place(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _put_in_place(name: str, path: Path) -> None:
    """Name a file `path`, unless another has got there first."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise
        os.replace(name, path)
