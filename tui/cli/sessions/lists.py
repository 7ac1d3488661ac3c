"""Sessions as a command prints them: a table for a terminal, lines of fields for a pipe, objects for a script.

Piped, a line has every value whole, between tabs, and no heading; moments are ISO 8601 in UTC with milliseconds, in
objects too. Foreign text is on one line and visible wherever it is printed.
"""

import json
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from agent.conversation.lineage import Lineage, Origin
from agent.conversation.run import RunStatus
from agent.figures import iso_time, local_time, size
from agent.formats.exports.words import ENDINGS
from agent.library.incoming import elsewhere
from agent.library.listing import Found, Match, SessionInfo, TurnInfo
from agent.text import visible
from tui.drawing.cells import fit, flat

__all__ = [
    "found_object",
    "lineage_object",
    "print_discovered",
    "print_found",
    "print_json",
    "print_session",
    "print_sessions",
    "session_object",
    "turn_object",
]

_GAP = "  "
_HEADINGS = ("ID", "UPDATED", "TURNS", "TITLE")
_LEFT_HEADINGS = ("PROGRAM", "FILES", "IMPORTED", "SIZE", "NEWEST", "FOLDER")
_NARROWEST = 16
"""Cells of the last column of a table; where there are fewer, columns before it are left out."""


# For scripts


def print_json(value: object) -> None:
    """A value as JSON; a terminal is given nothing that it would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    print(visible(text) if sys.stdout.isatty() else text)


def session_object(session: SessionInfo) -> dict[str, object]:
    """A session as an object."""
    return {
        "id": session.id,
        "title": session.title,
        "created": iso_time(session.created),
        "updated": iso_time(session.updated),
        "turns": session.turns,
        "pinned": session.pinned,
        "live": session.is_live,
        "model": session.model,
        "parent": session.parent,
        "lineage": lineage_object(session.lineage),
        "origin": session.origin,
        "timing": session.timing,
        "size": session.size,
        "problem": session.problem,
    }


def lineage_object(lineage: Lineage | None) -> dict[str, object] | None:
    """Where a session comes from, as an object; None where it says nothing of that."""
    if lineage is None:
        return None
    return {
        "branch": lineage.branch,
        "run_id": lineage.run,
        "moment": lineage.moment,
        "patch": [*lineage.patch],
    }


def turn_object(turn: TurnInfo) -> dict[str, object]:
    """A turn as an object."""
    return {
        "number": turn.number,
        "id": turn.run_id,
        "question": turn.question,
        "status": str(turn.status),
        "waiting": turn.is_waiting,
        "started": iso_time(turn.started),
    }


def found_object(found: Found) -> dict[str, object]:
    """A session that was found, with its matches."""
    return {**session_object(found.session), "matches": [_match_object(match) for match in found.matches]}


def _match_object(match: Match) -> dict[str, object]:
    return {
        "kind": str(match.kind),
        "turn": match.turn or None,
        "run_id": match.run_id,
        "context": [{"text": piece.text, "match": piece.is_match} for piece in match.context],
    }


# For people, and for pipes


def print_sessions(sessions: Sequence[SessionInfo]) -> None:
    """The sessions, a line each."""
    if not sys.stdout.isatty():
        for session in sessions:
            _print_fields(*_fields(session))
        return
    _print_table([_HEADINGS, *map(_cells, sessions)])


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows below their headings, each on one line of the terminal: the last column has what the others leave."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    width = shutil.get_terminal_size().columns
    while len(widths) > 1 and _room(width, widths) < _NARROWEST:
        widths.pop()
    for *cells, last in rows:
        columns = [
            " " * (most - cell_len(cell)) + cell if _is_count(cell) else cell + " " * (most - cell_len(cell))
            for cell, most in zip(cells, widths, strict=False)
        ]
        print(_GAP.join([*columns, fit(last, max(1, _room(width, widths)), "…")]))


def _is_count(cell: str) -> bool:
    """Whether a cell stands at the right of its column."""
    return cell.replace(",", "").isdecimal()


def _room(width: int, widths: list[int]) -> int:
    """What a line leaves for its last column."""
    return width - sum(widths) - len(widths) * len(_GAP)


def print_found(found: Iterable[Found]) -> None:
    """What a search found: each session, below it the places where the words stand."""
    for one in found:
        if not sys.stdout.isatty():
            for match in one.matches:
                context = "".join(piece.text for piece in match.context)
                _print_fields(one.session.id, str(match.turn or ""), str(match.kind), context, one.session.title)
            continue
        width = shutil.get_terminal_size().columns
        print(fit(_GAP.join((one.session.id, local_time(one.session.updated), _title(one.session))), width, "…"))
        for match in one.matches:
            where = f"turn {match.turn}, {match.kind}" if match.turn else str(match.kind)
            context = flat("".join(piece.text for piece in match.context))
            print(fit(f"    {where}: {context}", width, "…"))


def print_session(
    session: SessionInfo, turns: Sequence[TurnInfo], path: str, children: Sequence[SessionInfo] = ()
) -> None:
    """All that is known of one session, its turns, and the sessions that were forked from it."""
    facts = [
        ("id", session.id),
        ("title", flat(session.title)),
        ("created", local_time(session.created)),
        ("updated", local_time(session.updated)),
        ("model", flat(session.model or "")),
        ("marks", ", ".join(_marks(session))),
        ("forked from", flat(_parent(session))),
        ("children", ", ".join(flat(child.id) for child in children)),
        ("from", _origin(session)),
        ("file", f"{visible(path)} ({size(session.size)})"),
        ("problem", flat(session.problem or "")),
        ("turns", f"{len(turns):,}"),
    ]
    for label, value in facts:
        if value:
            print(f"{label:<13}{value}")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    for turn in turns:
        status = _status_words(turn)
        line = f"{turn.number:>4}  {local_time(turn.started):16}  {status:<16}{flat(turn.question)}"
        print(fit(line, width, "…"))


def _status_words(turn: TurnInfo) -> str:
    """Where a turn stands; what is none of its codes as exports say it."""
    if turn.is_waiting:
        return "waiting"
    return ENDINGS[RunStatus.RUNNING].lower() if turn.is_cut_off else str(turn.status)


def _parent(session: SessionInfo) -> str:
    """Which session it was forked from, at which moment, how, and what was made otherwise."""
    parent, lineage = session.parent or "", session.lineage
    if lineage is None:
        return parent
    return f"{parent} at {lineage.moment} ({', '.join((lineage.branch, *lineage.patch))})"


def _print_fields(*fields: str) -> None:
    print("\t".join(" ".join(visible(field).split()) for field in fields))


def _fields(session: SessionInfo) -> tuple[str, ...]:
    turns = "" if session.turns is None else str(session.turns)
    return session.id, iso_time(session.updated) or "", turns, ",".join(_marks(session)), session.title


def _cells(session: SessionInfo) -> tuple[str, ...]:
    turns = "" if session.turns is None else str(session.turns)
    return flat(session.id), local_time(session.updated), turns, _title(session)


def _title(session: SessionInfo) -> str:
    marks = "".join(f"[{mark}] " for mark in _marks(session))
    origin = f"  ({words})" if (words := _origin(session)) else ""
    return marks + (flat(session.title) or "(no title)") + origin


def _origin(session: SessionInfo) -> str:
    """The program that an imported session is from, and what its times are worth."""
    return flat(Origin(program=session.origin, timing=session.timing).words) if session.origin else ""


def _marks(session: SessionInfo) -> list[str]:
    marks = (("pinned", session.pinned), ("live", session.is_live), ("problem", session.problem is not None))
    return [mark for mark, is_set in marks if is_set]


def _from_home(folder: str) -> str:
    """A folder as short as a shell has it."""
    home = os.path.expanduser("~")
    return f"~{folder.removeprefix(home)}" if folder.startswith(f"{home}/") else folder


class _Left(NamedTuple):
    """What a program left on this machine, in the order in which a line has it."""

    program: str
    files: int
    size: int
    """Bytes."""
    imported: int
    """How many of the files were taken in."""
    newest: str
    """When the newest was written, ISO 8601."""
    folder: str


def print_discovered(found: Mapping[str, Sequence[elsewhere.Found]], taken: Collection[str], *, as_json: bool) -> None:
    """What other programs left on this machine, by program."""
    rows = [
        _Left(
            program,
            len(files),
            sum(each.size for each in files),
            sum(os.path.realpath(each.path) in taken for each in files),
            iso_time(max(each.modified for each in files)) or "",
            os.path.commonpath([each.path.parent for each in files]),
        )
        for program, files in sorted(found.items())
    ]
    if as_json:
        print_json([row._asdict() for row in rows])
    elif sys.stdout.isatty() and rows:
        newest = {program: local_time(max(each.modified for each in files)) for program, files in found.items()}
        _print_table([_LEFT_HEADINGS, *(_left_cells(row, newest[row.program]) for row in rows)])
    elif sys.stdout.isatty():
        print("nothing of other programs lies in the usual places")
    else:
        for row in rows:
            _print_fields(*map(str, row))


def _left_cells(row: _Left, newest: str) -> tuple[str, ...]:
    counts = f"{row.files:,}", f"{row.imported:,}"
    return row.program, *counts, size(row.size), newest, visible(_from_home(row.folder))
