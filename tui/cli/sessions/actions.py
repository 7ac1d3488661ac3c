"""What each command of `tickertape sessions` does, and the words it says when it is done.

Owns no list's look (`lists`) and no export's form (`agent.formats.exports.export`).
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from agent.errors import LibraryError, UsageError
from agent.events.framing import Line
from agent.figures import plural
from agent.files import write_file
from agent.formats.exports.export import SUFFIXES, ExportFormat, export, secrets_in
from agent.library.library import Library
from agent.library.listing import SessionInfo
from agent.reading.lines import Told, read_lines
from agent.text import visible
from agent.transcripts.folders import Sessions
from tui.cli.parsing import EXIT_CANCELLED, EXIT_OK
from tui.cli.sessions import lists
from tui.cli.sessions.importing import import_recordings
from tui.cli.sessions.progress import telling_progress
from tui.cli.sharing.redaction import is_redacted
from tui.drawing.cells import flat

__all__ = ["ACTIONS"]

_READ_AT_ONCE = 2**24
"""Bytes that are read of new sessions, to tell how many turns they have; of more, none is told."""

# Looking


def _catch_up(library: Library) -> None:
    """Have what is told of sessions be as they are now, where that takes no time to speak of."""
    unread = [one.size for one in (*library.sessions(), *library.deleted()) if one.turns is None]
    if sum(unread) <= _READ_AT_ONCE:
        with suppress(LibraryError):  # a list without turns is better than none
            library.refresh(gentle=False)


def _list(library: Library, args: Namespace) -> int:
    _catch_up(library)
    sessions = list(library.deleted() if args.deleted else library.sessions())
    sessions = sessions[: args.limit]
    if args.json:
        lists.print_json([lists.session_object(session) for session in sessions])
    elif sessions:
        lists.print_sessions(sessions)
    else:
        _tell("the trash is empty" if args.deleted else "no sessions yet; start one: tickertape")
    return EXIT_OK


def _search(library: Library, args: Namespace) -> int:
    with telling_progress("indexing {} of {} sessions") as progress:
        library.refresh(progress=progress, gentle=False)
    found = library.search(" ".join(args.words), args.limit or sys.maxsize)
    if args.json:
        lists.print_json([lists.found_object(one) for one in found])
    elif found:
        lists.print_found(found)
    else:
        _tell("nothing found")
    return EXIT_OK


def _show(library: Library, args: Namespace) -> int:
    session_id = library.find(args.id)
    turns = library.turns(session_id)  # first: what it reads, the rest is told from
    info, path = library.info(session_id), _folder(library).path(session_id)
    children = [session for session in library.sessions() if session.parent == session_id]
    if args.json:
        turn_objects = [lists.turn_object(turn) for turn in turns]
        ids = [child.id for child in children]
        lists.print_json({**lists.session_object(info), "turns": turn_objects, "children": ids, "path": str(path)})
    else:
        lists.print_session(info, turns, str(path), children)
    return EXIT_OK


def _path(library: Library, args: Namespace) -> int:
    sessions = _folder(library)
    print(sessions.folder if args.id is None else sessions.path(library.find(args.id)))
    return EXIT_OK


def _folder(library: Library) -> Sessions:
    return Sessions(library.data_dir)


# Changing


def _rename(library: Library, args: Namespace) -> int:
    session_id = library.find(args.id)
    library.rename(session_id, args.title)
    _catch_up(library)
    session = library.info(session_id)
    if args.json:
        lists.print_json(lists.session_object(session))
        return EXIT_OK
    return _done(args, "renamed", [session])


def _pin(library: Library, args: Namespace) -> int:
    ids = [library.find(one) for one in args.ids]
    for session_id in ids:
        library.pin(session_id, not args.off)
    _catch_up(library)
    return _done(args, "unpinned" if args.off else "pinned", map(library.info, ids))


def _delete(library: Library, args: Namespace) -> int:
    ids = [library.find(one) for one in args.ids]
    for session_id in ids:
        library.delete(session_id)
    _catch_up(library)
    then = "; bring back: tickertape sessions restore ID"
    return _done(args, "deleted", (library.info(session_id, deleted=True) for session_id in ids), then)


def _restore(library: Library, args: Namespace) -> int:
    ids = [library.find(one, deleted=True) for one in args.deleted_ids]
    for session_id in ids:
        library.restore(session_id)
    _catch_up(library)
    return _done(args, "restored", map(library.info, ids))


def _purge(library: Library, args: Namespace) -> int:
    ids = [library.find(one, deleted=True) for one in args.deleted_ids]
    _catch_up(library)
    sessions = [library.info(session_id, deleted=True) for session_id in ids]
    if not args.yes and not _confirmed(sessions):
        _tell("nothing was removed")
        return EXIT_CANCELLED
    for session_id in ids:
        library.purge(session_id)
    return _done(args, "removed", sessions)


def _confirmed(sessions: list[SessionInfo]) -> bool:
    """Ask at the terminal.

    Raises:
        UsageError: there is none.
    """
    if not sys.stdin.isatty():
        raise UsageError("purge asks at a terminal before it removes anything; without one: --yes")
    for session in sessions:
        print(f"{session.id}  {flat(session.title) or '(no title)'}", file=sys.stderr)
    print(f"Remove {plural(len(sessions), 'session')} for ever? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


# Moving


def _export(library: Library, args: Namespace) -> int:
    session_id, export_format = library.find(args.id), _export_format(args)
    broken: list[Line] = []
    problems: list[str] = []
    lines: Iterable[Line] = _watched(read_lines(_folder(library).path(session_id)), broken, problems)
    secrets, redact = args.secrets, args.redact
    if args.output is not None or not sys.stdout.isatty():  # it leaves, and is looked through before
        lines = list(lines)
        redact = is_redacted(secrets_in(lines, secrets), redact=redact)
    title = library.info(session_id).title
    pieces = export(lines, export_format, session_id=session_id, title=title, secrets=secrets if redact else None)
    if args.output is not None:
        try:
            write_file(Path(args.output), pieces, overwrite=args.force)
        except FileExistsError as error:
            raise UsageError(f"{args.output} is there already; --force overwrites it") from error
    elif sys.stdout.isatty():
        sys.stdout.write(visible(b"".join(pieces).decode()))
    else:
        sys.stdout.buffer.writelines(pieces)
    for problem in problems:
        _tell(visible(problem))
    if broken:
        first = broken[0]
        _tell(f"{plural(len(broken), 'broken line')} left out, the first is line {first.number}: {first.problem}")
    return EXIT_OK


def _export_format(args: Namespace) -> ExportFormat:
    """What was asked for, else what the file's name says, else what is best read.

    Raises:
        UsageError: the file's name says nothing.
    """
    if args.format is not None or args.output is None:
        return args.format or "markdown"
    suffix = Path(args.output).suffix.lower()
    for export_format, name in SUFFIXES.items():
        if suffix == name:
            return export_format
    raise UsageError(f"{args.output}: end its name in {', '.join(SUFFIXES.values())}, or say the --format")


def _watched(lines: Iterable[Line], broken: list[Line], problems: list[str]) -> Iterator[Line]:
    """The lines, as they pass; the broken ones are noted, and what could not be understood of the others."""
    told = Told()
    for line in lines:
        if line.event is None:
            broken.append(line)
        elif line.left_out:
            problems += told.of(line)
        yield line


# Telling


def _tell(words: str) -> None:
    print(f"tickertape: {words}", file=sys.stderr)


def _done(args: Namespace, what: str, sessions: Iterable[SessionInfo], then: str = "") -> int:
    """Say what was done to which sessions: to a script, or where somebody reads it."""
    if args.json:
        lists.print_json([lists.session_object(session) for session in sessions])
    elif sys.stderr.isatty():
        _tell(f"{what} {', '.join(session.id for session in sessions)}{then}")
    return EXIT_OK


ACTIONS: dict[str, Callable[[Library, Namespace], int]] = {
    "list": _list,
    "search": _search,
    "show": _show,
    "path": _path,
    "rename": _rename,
    "pin": _pin,
    "delete": _delete,
    "restore": _restore,
    "purge": _purge,
    "export": _export,
    "import": import_recordings,
}
"""Each command by its name; gives the exit code."""
