"""What other programs left is taken in once, anew where it grew, and never over what the user did."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from agent.errors import TranscriptError
from agent.library.incoming.elsewhere import Taken, TakenList, discover, files_in
from agent.library.incoming.taking import Took, take, take_all
from agent.library.library import Library
from tests.agent.formats.imports.reading import SAMPLES
from tests.places import ROOT

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


def test_a_threads_session_is_named_by_its_first_moment_wherever_that_stands(library: Library, tmp_path: Path) -> None:
    source = tmp_path / "two.jsonl"
    source.write_text(
        '{"type":"RUN_STARTED","threadId":"a","runId":"1","timestamp":1775120400000}\n'
        f'{{"type":"CUSTOM","name":"large","value":"{"x" * 200_000}","timestamp":1775120400500}}\n'
        '{"type":"RUN_FINISHED","threadId":"a","runId":"1","timestamp":1775120401000}\n'
        '{"type":"RUN_STARTED","threadId":"b","runId":"2"}\n'
        '{"type":"STEP_STARTED","stepName":"one","timestamp":1775206800000}\n'
        '{"type":"STEP_FINISHED","stepName":"one","timestamp":1775293200000}\n'
        '{"type":"RUN_FINISHED","threadId":"b","runId":"2","timestamp":1775379600000}\n'
    )
    sessions = take(library, source, is_named=True).sessions
    assert [name[:8] for name in sessions] == ["20260402", "20260403"]
    assert b"".join(library.path(name).read_bytes() for name in sessions) == source.read_bytes()


def test_what_another_instance_has_taken_meanwhile_is_not_taken_twice(library: Library, source: Path) -> None:
    other = Path(shutil.copy(SAMPLES / "claude_code.jsonl", source.with_name("other.jsonl")))
    outcomes = take_all(library, [source, other])
    next(outcomes)
    (there,) = take(Library(library.data_dir), other, is_named=False).sessions
    assert [*outcomes] == [Took([there], False, [])]
    assert len(library.sessions()) == len(list(library.path("x").parent.iterdir())) == 2


@pytest.mark.parametrize("is_there", [True, False])
def test_what_a_crash_left_of_an_import_is_taken_once(library: Library, source: Path, *, is_there: bool) -> None:
    """The program ended behind the note of what is about to be, or behind the last file of it."""
    taken = TakenList(library.data_dir)
    left = library.import_file(source, announce=lambda sizes: taken.note(source, Taken(0, 0, {}, dict(sizes)))).sessions
    if not is_there:
        library.discard(left[0])
    (session,) = take(library, source, is_named=False).sessions
    assert [info.id for info in library.sessions()] == [session]
    assert not take(library, source, is_named=False).is_new


def test_what_a_crash_left_of_one_that_grew_is_followed_under_its_id(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=True).sessions
    before = TakenList(library.data_dir).of(source)
    assert before is not None
    with source.open("ab") as file:
        file.write(_MORE)

    def announce(sizes: Mapping[str, int]) -> None:
        noted = Taken(before.size, before.mtime_ns, before.sessions, dict(sizes))
        TakenList(library.data_dir).note(source, noted)

    (new,) = library.import_file(source, announce=announce).sessions
    library.replace(session, new)
    with source.open("ab") as file:
        file.write(_MORE)
    assert take(library, source, is_named=False).sessions == [session]
    assert [turn.question for turn in library.turns(session)][-2:] == ["One more.", "One more."]
    assert [info.id for info in library.sessions()] == [session]


def test_killed_at_any_moment_an_import_leaves_nothing_half_and_nothing_twice(tmp_path: Path) -> None:
    source = tmp_path / "large.jsonl"
    lines = (SAMPLES / "codex.jsonl").read_bytes().splitlines(keepends=True)
    source.write_bytes(lines[0] + b"".join(lines[1:]) * 60)
    worker = (
        "import sys; from pathlib import Path; from agent.library.library import Library; "
        "from agent.library.incoming.taking import take; print(flush=True); "
        "take(Library(Path(sys.argv[1])), Path(sys.argv[2]), is_named=False)"
    )
    data = tmp_path / "data"
    wanted = Library(tmp_path / "other")
    (whole,) = take(wanted, source, is_named=True).sessions
    for delay in (0.0, 0.02, 0.05, 0.1, 0.2):
        command = [sys.executable, "-c", worker, str(data), str(source)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout is not None
            process.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                process.wait(delay)
            process.kill()
        for path in (data / "sessions").glob("*.jsonl"):
            assert path.read_bytes() == wanted.path(whole).read_bytes()
    library = Library(data)
    (session,) = take(library, source, is_named=True).sessions
    assert [info.id for info in library.sessions()] == [session]


def test_a_copy_that_a_crash_left_is_swept_once_it_is_old(library: Library) -> None:
    folder = library.path("x").parent
    folder.mkdir(parents=True)
    old, new, other = (folder / f".{name}" for name in ("20260101-000000-aaaaaa", "20260101-000000-bbbbbb", "x y"))
    for path in (old, new, other):
        path.touch()
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    library.sweep()
    assert [path.exists() for path in (old, new, other)] == [False, True, True]


def test_the_title_that_a_program_gave_a_session_is_its_title_unless_the_user_gives_another(library: Library) -> None:
    for name in ("claude_code.jsonl", "codex.jsonl"):
        take(library, SAMPLES / name, is_named=True, indexes=False)
    assert {info.title for info in library.sessions()} == {"Two cities", "Run both checks."}


def test_what_is_taken_without_its_index_is_found_after_the_next_refresh(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=True, indexes=False).sessions
    library.refresh(gentle=False)
    assert [found.session.id for found in library.search("both checks")] == [session]


def test_a_database_that_has_written_beside_itself_has_grown(library: Library, tmp_path: Path) -> None:
    exported = json.loads((SAMPLES / "opencode.json").read_bytes())
    path = _database(tmp_path / "opencode.db", exported)
    take(library, path, is_named=True)
    assert not take(library, path, is_named=False).is_new
    path.with_name("opencode.db-wal").write_bytes(b"more")
    assert take(library, path, is_named=False).is_new


def test_what_was_noted_is_known_to_every_instance_whatever_is_torn(tmp_path: Path) -> None:
    one, other = TakenList(tmp_path), TakenList(tmp_path)
    paths = [tmp_path / f"{number}.jsonl" for number in range(3_000)]
    for number, path in enumerate(paths):
        (other if number < 20 else one).note(path, Taken(number, 0, {f"session-{number}": number}))
        if number == 7:
            with (tmp_path / "imports.notes").open("ab") as file:
                file.write(b'\n["torn')
    for taken in (one, other, TakenList(tmp_path)):
        assert [found.size for path in paths if (found := taken.of(path)) is not None] == [*range(3_000)]
    assert (tmp_path / "imports.notes").stat().st_size < (tmp_path / "imports.json").stat().st_size
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert one.of(loop) is None


def test_a_list_of_imports_that_is_broken_is_as_none(library: Library, source: Path) -> None:
    take(library, source, is_named=True)
    for name in ("imports.json", "imports.notes"):
        (library.data_dir / name).write_text("{")
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
