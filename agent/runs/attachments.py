"""Files that a question names as `@path`: read, bounded, and made into parts of its message.

The parts are AG-UI's (https://docs.ag-ui.com/concepts/messages): an `image` or a `document` with its bytes in base64
and its name in the metadata. What is no text and no image that models take is refused in words; the question stays.
"""

import base64
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Attached", "attach", "complete", "named_files"]

_NAMED = re.compile(r'(?<![^\s(])@(?:"([^"\n]+)"|([^\s"]+))')
_TEXT_LIMIT = 200_000
"""Bytes of a text file that are attached; the model is told that there is more."""
_IMAGE_LIMIT = 5_000_000
_MOST = 20
"""Files of one question."""
_IMAGES = {".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_SHOWN = 200
"""Names that a completion looks at, at most."""


@dataclass
class Attached:
    """What became of the files that a question names."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What the user should know of each: its size, or why it was not attached."""


def named_files(question: str, folder: Path) -> list[Path]:
    """The files that are named and are there; an `@` that names none is text as any other."""
    found: dict[Path, None] = {}
    for match in _NAMED.finditer(question):
        name = match[1] or match[2].rstrip(".,;:!?)")
        path = folder / Path(name).expanduser()
        try:
            if path.exists():
                found[path] = None
        except OSError:  # a name that is too long for any file
            continue
    return list(found)


def attach(question: str, folder: Path) -> Attached:
    """Read the files that a question names, relative to `folder`. Blocks."""
    attached = Attached()
    for path in named_files(question, folder):
        if len(attached.parts) == _MOST:
            attached.told.append(f"{path.name}: {_MOST} files are attached at most")
            break
        try:
            part, told = _read(path)
        except OSError as error:
            part, told = None, f"{path.name} was not attached: {error.strerror or error}"
        if part is not None:
            attached.parts.append(part)
        attached.told.append(told)
    return attached


def _read(path: Path) -> tuple[dict[str, Any] | None, str]:
    if not path.is_file():  # a folder, or a pipe that would be waited for
        return None, f"{path.name} was not attached: it is no file"
    kind = _IMAGES.get(path.suffix.lower())
    limit = _IMAGE_LIMIT if kind else _TEXT_LIMIT
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if kind is not None:
        if len(data) > limit:
            return None, f"{path.name} was not attached: it is larger than {limit:,} bytes"
        return _part("image", kind, path.name, data), f"{path.name} attached ({len(data):,} bytes)"
    is_cut, data = len(data) > limit, data[:limit]
    if b"\0" in data[:8_192]:
        return None, f"{path.name} was not attached: it is no text and no image"
    text = data.decode("utf-8", "replace")
    if is_cut:
        text += f"\n[Only the first {limit:,} bytes are attached.]"
    words = f"the first {limit:,} bytes" if is_cut else f"{len(data):,} bytes"
    return _part("document", "text/plain", path.name, text.encode()), f"{path.name} attached ({words})"


def _part(kind: str, mime: str, name: str, data: bytes) -> dict[str, Any]:
    source = {"type": "data", "value": base64.b64encode(data).decode(), "mimeType": mime}
    return {"type": kind, "source": source, "metadata": {"filename": name}}


# Completing


def complete(text: str, folder: Path) -> tuple[str, list[str]]:
    """What is to be added to a text that ends in `@path`, and the names that fit; '' and none where it ends otherwise.

    Blocks while it looks into the folder.
    """
    match = re.search(r'(?<![^\s(])@("?)([^\s"]*|[^"\n]*)$', text)
    if match is None:
        return "", []
    written = match[2]
    base, _, start = written.rpartition("/")
    place = folder / Path(f"{base}/" if base or written.startswith("/") else ".").expanduser()
    names = sorted(_names(place, start))
    if not names:
        return "", []
    common = os.path.commonprefix(names)  # noqa: RUF071 - letters are typed, not parts of paths
    end = " " if len(names) == 1 and not common.endswith("/") else ""
    return common[len(start) :] + end, names


def _names(place: Path, start: str) -> Iterator[str]:
    try:
        with os.scandir(place) as entries:
            for number, entry in enumerate(entries):
                if number == _SHOWN * 50:
                    return
                if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith(".")):
                    yield f"{entry.name}/" if entry.is_dir() else entry.name
    except OSError:
        return
