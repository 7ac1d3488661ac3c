"""`tickertape sessions import`: recordings of others, of one file, of a folder, or of all that lies on this machine."""

import os
import stat
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from agent.errors import LibraryError, TranscriptError, UsageError
from agent.figures import plural
from agent.formats.imports.programs.claude_files import is_part
from agent.library.incoming.elsewhere import Found, TakenList, discover, files_in
from agent.library.incoming.importing import Import
from agent.library.incoming.taking import Took, take, take_all
from agent.library.library import Library
from agent.text import visible
from tui.cli.parsing import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from tui.cli.sessions import lists
from tui.cli.sessions.progress import telling_progress

__all__ = ["import_recordings"]

_TOLD = 20
"""Files without a session that are told one by one."""


def import_recordings(library: Library, args: Namespace) -> int:
    """Take in what is named, or say what there is; gives the exit code.

    Raises:
        UsageError: nothing is named.
        LibraryError: the index cannot be written.
    """
    if args.discover is not None:
        return _discover(library, args)
    if not args.files:
        raise UsageError("nothing to import: name files or a folder, or see what there is: sessions import --discover")
    library.sweep()
    work = _Importing(library)
    for name in args.files:
        work.take(name)
    return _imported(work, args)


class _Importing:
    """What came of the files so far: one that cannot be taken is told, and stops no other."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.sessions: list[str] = []
        self.code = EXIT_OK

    def take(self, name: str) -> None:
        """Take in what a name stands for."""
        path = Path(name)
        kind = 0 if name == "-" else _kind(path)
        if stat.S_ISDIR(kind):
            self.take_all([path for path in files_in(path) if not is_part(path)])
            return
        try:
            if name == "-":
                name = "standard input"
                done: Import | Took = _import_stream(self.library, sys.stdin.buffer, name)
            elif stat.S_ISFIFO(kind):
                with open(name, "rb") as pipe:
                    done = _import_stream(self.library, pipe, name)
            elif stat.S_ISCHR(kind) or stat.S_ISBLK(kind) or stat.S_ISSOCK(kind):
                raise TranscriptError(f"{name} is a device, no file")
            else:
                done = take(self.library, path, is_named=True, indexes=False)
        except (TranscriptError, LibraryError) as error:
            _tell(_refusal(name, error))
            self._failed(EXIT_USAGE if isinstance(error, TranscriptError) else EXIT_FAILED)
        else:
            self._took(name, done)

    def take_all(self, paths: Sequence[Path]) -> None:
        """Take in what is new in some files; that one holds nothing for this program is no failure."""
        there = empty = refused = 0
        with closing(take_all(self.library, paths)) as outcomes, telling_progress("taking {} of {} files") as progress:
            for number, (path, took) in enumerate(zip(paths, outcomes, strict=True)):
                if progress is not None:
                    progress(number, len(paths))
                if isinstance(took, Took):
                    there += not took.is_new
                    if took.is_new:
                        self._took(str(path), took)
                    continue
                if isinstance(took, LibraryError):
                    refused += 1
                    self._failed(EXIT_FAILED)
                else:
                    empty += 1
                if empty + refused <= _TOLD:
                    _tell(_refusal(str(path), took))
        taken = plural(len(paths) - there - empty - refused, "file")
        kept_out = f", {refused:,} could not be kept" if refused else ""
        _tell(f"{taken} taken, {there:,} there already, {empty:,} without a session{kept_out}")

    def _failed(self, code: int) -> None:
        """The first failure is the command's."""
        self.code = self.code or code

    def _took(self, name: str, done: Import | Took) -> None:
        for problem in done.problems:
            _tell(visible(f"{name}: {problem}"))
        self.sessions += done.sessions


def _refusal(name: str, error: TranscriptError | LibraryError) -> str:
    """Why a file was not taken, in one line with its name."""
    words = str(error)
    return visible(words if name in words else f"{name}: {words}")


def _imported(work: _Importing, args: Namespace) -> int:
    library = work.library
    if args.json:
        _index(library)
        lists.print_json([lists.session_object(library.info(session_id)) for session_id in work.sessions])
    else:
        for session_id in work.sessions:
            print(session_id, flush=True)
        _index(library)
    return work.code


def _index(library: Library) -> None:
    """Have what was taken in found; that takes longer than taking it, and can be left for later."""
    try:
        with telling_progress("indexing {} of {} sessions") as progress:
            library.refresh(progress=progress, gentle=False)
    except KeyboardInterrupt:
        _tell("the rest is indexed by the next search")


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
        work = _Importing(library)
        work.take_all([each.path for each in found if each.program in named])
        return _imported(work, args)
    lists.print_discovered(by_program, set(TakenList(library.data_dir).read()), as_json=args.json)
    if found and sys.stdout.isatty():
        _tell("take them in by: sessions import --discover PROGRAM… or all")
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
    wiped = "\r\x1b[K" if sys.stderr.isatty() else ""  # where it is told how far it is
    print(f"{wiped}tickertape: {words}", file=sys.stderr)
