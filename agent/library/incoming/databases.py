"""Sessions that a program keeps in a database: opencode's, as the records that it would export.

Shapes as in `packages/opencode/src/session/session.sql.ts` (https://github.com/sst/opencode): the tables `session`,
`message` and `part`, of which the last two hold JSON in `data` without the ids that stand beside it. The database is
only read, also while its program writes to it; what a version has no column for is left out.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import TranscriptError

__all__ = ["exported_lines", "is_database"]

_COLUMNS = {
    "parentID": "parent_id",
    "projectID": "project_id",
    "directory": "directory",
    "title": "title",
    "version": "version",
}
"""What an export tells of a session, and the columns with it."""
_MAGIC = b"SQLite format 3\0"


def is_database(path: Path) -> bool:
    """Whether a file is a database of SQLite's. Blocks."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
    return False


def exported_lines(path: Path) -> Iterator[bytes]:
    """The sessions of a database, the oldest first, each as a line of what its program would export.

    Raises:
        TranscriptError: it is no such database, or cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            for session in database.execute("SELECT * FROM session ORDER BY time_created, id").fetchall():
                yield msgspec.json.encode(_session(database, dict(session))) + b"\n"
    except sqlite3.Error as error:
        raise TranscriptError(f"{path}: no sessions of opencode can be read in it ({error})") from error


def _session(database: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any]:
    key = row["id"]
    parts: dict[str, list[dict[str, Any]]] = {}
    for part in database.execute("SELECT id, message_id, data FROM part WHERE session_id = ? ORDER BY id", [key]):
        told = {**_object(part["data"]), "id": part["id"], "messageID": part["message_id"], "sessionID": key}
        parts.setdefault(part["message_id"], []).append(told)
    messages: list[dict[str, Any]] = [
        {"info": {**_object(one["data"]), "id": one["id"], "sessionID": key}, "parts": parts.get(one["id"], [])}
        for one in database.execute(
            "SELECT id, data FROM message WHERE session_id = ? ORDER BY time_created, id", [key]
        )
    ]
    info = {name: row[column] for name, column in _COLUMNS.items() if row.get(column) is not None}
    return {"info": {"id": key, **info}, "messages": messages}


def _object(data: str | bytes | None) -> dict[str, Any]:
    """What a column of JSON holds; nothing where that is no object."""
    try:
        value = msgspec.json.decode(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
