"""Sessions of other programs on this machine: where they lie, and which of them were taken in already.

It owns the usual places and the list of what was imported (`imports.json` in the data folder, and the notes behind it),
so that nothing is taken twice and what grew is taken anew. It reads no session, and follows no link to a folder.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from agent.errors import TranscriptError
from agent.files import files_below, write_file
from agent.formats.imports.programs.claude_files import parts_of
from agent.library.metadata import changing, refused

__all__ = ["Found", "Taken", "TakenList", "discover", "files_in", "stamp_of"]

_SUFFIXES = (".jsonl", ".json", ".har", ".yaml", ".yml")
_NOTED = 2**18
"""Bytes of notes from which the list is written anew."""
_DEEPEST = 12
"""Folders in folders that are looked into."""


class Found(NamedTuple):
    """A file that another program left."""

    program: str
    path: Path
    size: int
    modified: float
    """When it was last written to, in milliseconds since the epoch."""


class Taken(msgspec.Struct, array_like=True):
    """What was imported of one file, and of those that belong to it."""

    size: int
    mtime_ns: int
    """The last one's, as `stamp_of` gives both."""
    sessions: dict[str, int]
    """The sessions that it became, by their ids, with the size of each: one that was gone on with here has another."""
    begun: dict[str, int] = {}
    """The same of an import that was not seen to its end: some of them, or all, may be there."""


def _places(home: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """Each program with a folder of its sessions and the beginnings of their names."""
    claude = environ.get("CLAUDE_CONFIG_DIR")
    for folder in [Path(claude)] if claude else [home / ".claude", home / ".config" / "claude"]:
        yield "claude-code", folder / "projects", ("",)
    codex = Path(environ.get("CODEX_HOME") or home / ".codex")
    for name in ("sessions", "archived_sessions"):
        yield "codex", codex / name, ("rollout-",)
    yield "gemini-cli", home / ".gemini" / "tmp", ("session-", "checkpoint-")
    pi = environ.get("PI_CODING_AGENT_SESSION_DIR")
    agent = Path(environ.get("PI_CODING_AGENT_DIR") or home / ".pi" / "agent")
    yield "pi", Path(pi) if pi else agent / "sessions", ("",)


def _databases(home: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Databases that hold sessions: opencode's, one for each channel that it is installed from."""
    folder = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "opencode"
    with suppress(OSError):
        yield from sorted(folder.glob("opencode*.db"))


def discover(home: Path, environ: Mapping[str, str]) -> list[Found]:
    """What lies in the usual places, the newest first."""
    found: list[Found] = []
    for program, folder, beginnings in _places(home, environ):
        for path in files_in(folder):
            if path.name.startswith(beginnings) and not (program == "claude-code" and _is_of_sub_agent(path)):
                with suppress(OSError):
                    stat = path.stat()
                    found.append(Found(program, path, stat.st_size, stat.st_mtime_ns / 1e6))
    for path in _databases(home, environ):
        with suppress(OSError):
            stat = path.stat()
            found.append(Found("opencode", path, stat.st_size, stat.st_mtime_ns / 1e6))
    return sorted(found, key=lambda each: each.modified, reverse=True)


def _is_of_sub_agent(path: Path) -> bool:
    """Whether a file of Claude Code's holds what a sub-agent said, which belongs to the session that asked it."""
    return path.name.startswith("agent-") or "subagents" in path.parts


def files_in(folder: Path) -> Iterator[Path]:
    """The files in a folder and below that may hold a session, by their names; none where it cannot be read."""
    return files_below(folder, lambda name: name.endswith(_SUFFIXES), deepest=_DEEPEST, follows_links=True)


def stamp_of(path: Path) -> tuple[int, int]:
    """The size of a file with those that belong to it, in bytes, and when the last of them was written to, in ns: the
    files of its sub-agents, or what a database has not written into itself yet.

    Raises:
        TranscriptError: the file cannot be looked at.
    """
    try:
        stats = [path.stat()]
    except OSError as error:
        raise TranscriptError(f"{path}: {error.strerror or error}") from error
    for part in [*(part.path for part in parts_of(path)), path.with_name(f"{path.name}-wal")]:
        with suppress(OSError):
            stats.append(part.stat())
    return sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)


class TakenList:
    """What was imported, of which file: `imports.json`, and behind it what was noted since that was written."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "imports.json"
        self._notes = data_dir / "imports.notes"
        self._known: dict[str, Taken] = {}
        self._stamp: tuple[tuple[int, int], ...] | None = None
        """What both files were like when they were read."""

    def read(self) -> dict[str, Taken]:
        """All of it; nothing where there is none, or it is broken: then sessions may be taken once more."""
        stamp = tuple(map(_size_and_time, (self._path, self._notes)))
        if stamp != self._stamp:
            self._known, self._stamp = self._read(), stamp
        return self._known

    def _read(self) -> dict[str, Taken]:
        known: dict[str, Taken] = {}
        with suppress(OSError, msgspec.MsgspecError):
            known = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Taken])
        with suppress(OSError):
            for line in self._notes.read_bytes().splitlines():
                with suppress(msgspec.MsgspecError):  # empty, or torn by a crash
                    name, taken = msgspec.json.decode(line, type=tuple[str, Taken])
                    known[name] = taken
        return known

    def note(self, path: Path, taken: Taken) -> None:
        """Note what a file became.

        Raises:
            LibraryError: it cannot be written.
        """
        with changing(self._path.parent):
            try:
                known, name = self.read(), os.path.realpath(path)
                known[name] = taken
                file = os.open(self._notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    os.write(file, b"\n" + msgspec.json.encode((name, taken)))
                    is_long = os.fstat(file).st_size > _NOTED
                finally:
                    os.close(file)
                if is_long:
                    write_file(self._path, [msgspec.json.encode(known)], overwrite=True)
                    self._notes.unlink()
                self._stamp = tuple(map(_size_and_time, (self._path, self._notes)))
            except OSError as error:
                self._stamp = None
                raise refused(self._path, error) from error

    def of(self, path: Path) -> Taken | None:
        """What was imported of a file."""
        return self.read().get(os.path.realpath(path))


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns
