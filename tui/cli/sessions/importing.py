"""`tickertape sessions import`: recordings of others, of one file, of a folder, or of all that lies on this machine."""

import os
import stat
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from agent.errors import LibraryError, TranscriptError, UsageError
from agent.figures import plural
from agent.formats.imports.programs.claude_files import is_part
from agent.library.incoming.elsewhere import Found, TakenList, discover, files_in
from agent.library.incoming.importing import Import
from agent.library.incoming.taking import take
from agent.library.library import Library
from agent.text import visible
from tui.cli.parsing import EXIT_OK
from tui.cli.sessions import lists
from tui.cli.sessions.progress import telling_progress

__all__ = ["import_recordings"]

_TOLD = 20
"""Files without a session that are told one by one."""


def import_recordings(library: Library, args: Namespace) -> int:
    """Take in what is named, or say what there is; gives the exit code.

    Raises:
        UsageError: nothing is named.
        TranscriptError: a file holds nothing that this program knows.
        LibraryError: the folder takes nothing.
    """
    if args.discover is not None:
        return _discover(library, args)
    if not args.files:
        raise UsageError("nothing to import: name files or a folder, or see what there is: sessions import --discover")
    library.sweep()
    sessions: list[str] = []
    for name in args.files:
        if name == "-":
            done = _import_stream(library, sys.stdin.buffer, "standard input")
            sessions += _told_of("standard input", done.sessions, done.problems)
        elif stat.S_ISFIFO(kind := _kind(Path(name))):
            with open(name, "rb") as pipe:
                done = _import_stream(library, pipe, name)
            sessions += _told_of(name, done.sessions, done.problems)
        elif stat.S_ISCHR(kind) or stat.S_ISBLK(kind) or stat.S_ISSOCK(kind):
            raise TranscriptError(f"{name} is a device, no file")
        elif Path(name).is_dir():
            sessions += _import_all(library, [path for path in files_in(Path(name)) if not is_part(path)])
        else:
            took = take(library, Path(name), is_named=True, indexes=False)
            sessions += _told_of(name, took.sessions, took.problems)
    return _imported(library, args, sessions)


def _told_of(name: str, sessions: list[str], problems: Iterable[str]) -> list[str]:
    for problem in problems:
        _tell(visible(f"{name}: {problem}"))
    return sessions


def _imported(library: Library, args: Namespace, sessions: list[str]) -> int:
    if args.json:
        _index(library)
        lists.print_json([lists.session_object(library.info(session_id)) for session_id in sessions])
    else:
        for session_id in sessions:
            print(session_id, flush=True)
        _index(library)
    return EXIT_OK


def _index(library: Library) -> None:
    """Have what was taken in found; that takes longer than taking it, and can be left for later."""
    try:
        with telling_progress() as progress:
            library.refresh(progress=progress, gentle=False)
    except KeyboardInterrupt:
        _tell("the rest is indexed by the next search")


def _import_all(library: Library, paths: Sequence[Path]) -> list[str]:
    """Take in what is new in some files; one that holds nothing for this program is told, and stops no other."""
    sessions: list[str] = []
    there = refused = 0
    taken_list = TakenList(library.data_dir)
    for path in paths:
        try:
            took = take(library, path, is_named=False, indexes=False, taken=taken_list)
        except (TranscriptError, LibraryError) as error:
            refused += 1
            if refused <= _TOLD:
                _tell(visible(str(error)))
            continue
        there += not took.is_new
        if took.is_new:
            sessions += _told_of(str(path), took.sessions, took.problems)
    taken = len(paths) - there - refused
    _tell(f"{plural(taken, 'file')} taken, {there:,} there already, {refused:,} without a session")
    return sessions


def _discover(library: Library, args: Namespace) -> int:
    """Say what other programs left on this machine, or take it in.

    Raises:
        UsageError: nothing lies there of a program that is named.
    """
    found = discover(Path.home(), os.environ)
    by_program: dict[str, list[Found]] = {}
    for each in found:
        by_program.setdefault(each.program, []).append(each)
    if args.discover:
        named = set(by_program) if "all" in args.discover else set(args.discover)
        if missing := named - by_program.keys():
            raise UsageError(f"nothing of {', '.join(sorted(missing))} lies in the usual places")
        library.sweep()
        paths = [each.path for each in found if each.program in named]
        return _imported(library, args, _import_all(library, paths))
    lists.print_discovered(by_program, set(TakenList(library.data_dir).read()), as_json=args.json)
    return EXIT_OK


def _kind(path: Path) -> int:
    """What is there, as the system has it; 0 where that cannot be known."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _import_stream(library: Library, stream: BinaryIO, name: str) -> Import:
    """Import what is piped: it can be read only once."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "imported.jsonl"
        with copy.open("wb") as file:
            file.writelines(stream)
        return library.import_file(copy, name)


def _tell(words: str) -> None:
    print(f"tickertape: {words}", file=sys.stderr)
