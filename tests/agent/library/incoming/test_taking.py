"""What other programs left is taken in once, anew where it grew, and never over what the user did."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.errors import TranscriptError
from agent.library.incoming.elsewhere import TakenList, discover, files_in
from agent.library.incoming.taking import take
from agent.library.library import Library
from tests.agent.formats.imports.reading import SAMPLES

_MORE = b"""\
{"timestamp":"2026-04-02T09:00:00.000Z","type":"event_msg","payload":{"type":"user_message","message":"One more."}}
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "data")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / "codex.jsonl", tmp_path / "any-name.jsonl"))


def test_importing_twice_changes_nothing(library: Library, source: Path) -> None:
    first = take(library, source, is_named=True)
    files = {path.name: path.read_bytes() for path in library.path("x").parent.iterdir()}
    again = take(library, source, is_named=True)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.sessions == again.sessions
    assert {path.name: path.read_bytes() for path in library.path("x").parent.iterdir()} == files


def test_what_grew_is_followed_under_the_same_id_and_title(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=True).sessions
    library.rename(session, "Mine")
    with source.open("ab") as file:
        file.write(_MORE)
    assert take(library, source, is_named=False).sessions == [session]
    assert [turn.question for turn in library.turns(session)] == ["Run both checks.", "Again.", "One more."]
    assert [info.title for info in library.sessions()] == ["Mine"]


def test_a_session_that_was_gone_on_with_is_left_as_it_is(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=True).sessions
    with library.path(session).open("ab") as file:
        file.write(b'{"type":"CUSTOM","name":"mine"}\n')
    before = library.path(session).read_bytes()
    with source.open("ab") as file:
        file.write(_MORE)
    took = take(library, source, is_named=False)
    assert (took.sessions, len(took.problems)) == ([session], 2)
    assert library.path(session).read_bytes() == before


def test_what_was_thrown_away_comes_back_only_by_its_name(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=False).sessions
    library.delete(session)
    assert not take(library, source, is_named=False).is_new
    assert not library.sessions()
    (other,) = take(library, source, is_named=True).sessions
    assert [info.id for info in library.sessions()] == [other]


def test_a_list_of_imports_that_is_broken_is_as_none(library: Library, source: Path) -> None:
    take(library, source, is_named=True)
    (library.data_dir / "imports.json").write_text("{")
    assert TakenList(library.data_dir).read() == {}
    assert take(library, source, is_named=True).is_new


def test_the_usual_places_are_looked_into_and_links_are_not_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    codex, claude = home / ".codex/sessions/2026/04/02", home / ".claude/projects/-home-ada"
    for folder in (codex, claude / "s1" / "subagents"):
        folder.mkdir(parents=True)
    for path in (codex / "rollout-1.jsonl", codex / "notes.txt", claude / "a.jsonl", claude / "s1/subagents/b.jsonl"):
        path.write_text("{}\n")
    (claude / "loop").symlink_to(home, target_is_directory=True)
    os.utime(claude / "a.jsonl", (1, 1))
    found = discover(home, {})
    assert [(each.program, each.path.name) for each in found] == [
        ("codex", "rollout-1.jsonl"),
        ("claude-code", "a.jsonl"),
    ]
    assert [path.name for path in files_in(claude)] == ["a.jsonl", "b.jsonl"]
    assert discover(home, {"CODEX_HOME": str(tmp_path), "CLAUDE_CONFIG_DIR": str(tmp_path)}) == []


def _database(path: Path, *sessions: dict[str, Any]) -> Path:
    """A database as opencode keeps one, with sessions that it has exported."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            """
            CREATE TABLE IF NOT EXISTS session (id TEXT, project_id TEXT, parent_id TEXT, slug TEXT, directory TEXT,
                title TEXT, version TEXT, time_created INTEGER);
            CREATE TABLE IF NOT EXISTS message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT);
            CREATE TABLE IF NOT EXISTS part (id TEXT, message_id TEXT, session_id TEXT, data TEXT);
            """
        )
        for exported in sessions:
            info, key = exported["info"], exported["info"]["id"]
            row = (key, info["projectID"], None, "s", info["directory"], info["title"], info["version"])
            database.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, info["time"]["created"]))
            for message in exported["messages"]:
                about = {name: value for name, value in message["info"].items() if name not in ("id", "sessionID")}
                name, at = message["info"]["id"], message["info"]["time"]["created"]
                database.execute("INSERT INTO message VALUES (?, ?, ?, ?)", (name, key, at, json.dumps(about)))
                for number, part in enumerate(message["parts"]):
                    about = {
                        name: value for name, value in part.items() if name not in ("id", "messageID", "sessionID")
                    }
                    kept = (f"{name}-{number:04}", name, key, json.dumps(about))
                    database.execute("INSERT INTO part VALUES (?, ?, ?, ?)", kept)
        database.commit()
    return path


def test_a_database_of_sessions_is_found_and_taken_as_its_exports_are(library: Library, tmp_path: Path) -> None:
    exported = json.loads((SAMPLES / "opencode.json").read_bytes())
    later = json.loads(json.dumps(exported).replace("ses_1", "ses_2").replace("msg_", "msg_b"))
    later["info"]["time"]["created"] += 1
    path = _database(tmp_path / ".local/share/opencode/opencode.db", exported)
    (found,) = discover(tmp_path, {})
    assert (found.program, found.path) == ("opencode", path)
    (session,) = take(library, path, is_named=True).sessions
    (other,) = take(library, SAMPLES / "opencode.json", is_named=True).sessions
    told = [[turn.question for turn in library.turns(one)] for one in (session, other)]
    assert told[0] == told[1] != []
    _database(path, later)
    os.utime(path, (1, 1))
    assert take(library, path, is_named=False).sessions[0] == session
    assert len(take(library, path, is_named=False).sessions) == 2


@pytest.mark.parametrize("statement", ["CREATE TABLE other (id)", "CREATE TABLE session (id, time_created)"])
def test_a_database_of_something_else_is_said_to_be_none(library: Library, tmp_path: Path, statement: str) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()
    before = path.read_bytes()
    with pytest.raises(TranscriptError):
        take(library, path, is_named=True)
    assert path.read_bytes() == before
