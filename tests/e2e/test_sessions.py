"""`tickertape sessions`: journeys of saved sessions through its commands, each by the real program."""

import json
import os
import stat
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.conversation.lineage import Lineage
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.reading.lines import read_lines
from tests.agent.formats.exports.showcase import SHOWCASE
from tests.e2e.asking import Outcome, at_once, data_dir, run
from tests.e2e.terminal import ENTER, Terminal, program

FIRST, SECOND, WILD = "20261123-150405-3f9a2c", "20261123-160000-abcdef", "20260101-000000-111111"


def sessions(*arguments: str, piped: bytes | None = None) -> Outcome:
    """Run `tickertape sessions` to its end."""
    return run("sessions", *arguments, piped=piped)


def _write(session_id: str, events: list[ev.Event]) -> Path:
    folder = data_dir() / "sessions"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{session_id}.jsonl"
    path.write_bytes(b"".join(wire.encode(event) + b"\n" for event in events))
    return path


def _asked(question: str, answer: str, moment: int) -> list[ev.Event]:
    message = ev.InputMessage(id="q", role="user", content=question)
    given = ev.RunInput(thread_id="t", run_id="r", messages=[message])
    result = {"answer": answer, "tools_used": []}
    return [
        ev.RunStarted(timestamp=moment, thread_id="t", run_id="r", input=given, metadata={"model": "offline"}),
        ev.StepStarted(timestamp=moment, step_name="step 1"),
        ev.TextMessageStart(timestamp=moment, message_id="m", role="assistant"),
        ev.TextMessageContent(timestamp=moment + 1, message_id="m", delta=answer),
        ev.TextMessageEnd(timestamp=moment + 2, message_id="m"),
        ev.StepFinished(timestamp=moment + 2, step_name="step 1"),
        ev.RunFinished(timestamp=moment + 2, thread_id="t", run_id="r", result=result),
    ]


@pytest.fixture
def three() -> None:
    """Three sessions, the showcase last written to."""
    moments = {WILD: 1_767_225_600_000, SECOND: 1_795_449_600_000, FIRST: 1_795_446_700_000}
    _write(WILD, _asked("wild \x1b[2J\u202e\tquestion", "A walrus.", moments[WILD]))
    _write(SECOND, _asked("What is a heron?", "A wading bird.", moments[SECOND]))
    _write(FIRST, SHOWCASE)
    for session_id, moment in moments.items():
        os.utime(data_dir() / "sessions" / f"{session_id}.jsonl", (moment / 1000, moment / 1000))


def _objects(outcome: Outcome) -> Any:
    assert (outcome.code, outcome.err) == (0, "")
    return json.loads(outcome.out)


def _ids(*arguments: str) -> list[str]:
    return [one["id"] for one in _objects(sessions(*arguments, "--json"))]


def _assert_refused(outcome: Outcome, *words: str, code: int = 2) -> None:
    assert (outcome.code, outcome.err.count("\n")) == (code, 1)
    assert all(word in outcome.err for word in ("tickertape: ", *words)), outcome.err


@pytest.mark.usefixtures("three")
def test_a_list_is_objects_for_scripts_and_fields_for_pipes() -> None:
    listed, piped, limited = at_once(
        partial(sessions, "list", *more) for more in (["--json"], [], ["--limit", "1", "--json"])
    )
    by_id = {one["id"]: one for one in _objects(listed)}
    assert list(by_id) == [SECOND, FIRST, WILD]
    assert {"id", "title", "created", "updated", "turns", "pinned"} <= set(by_id[FIRST])
    assert (by_id[FIRST]["title"], by_id[FIRST]["pinned"]) == ("What is (3 + 4) * 2^5?", False)
    assert by_id[SECOND]["created"] == "2026-11-23T16:00:00.000Z"
    rows = [line.split("\t") for line in piped.text.splitlines()]
    assert [row[0] for row in rows] == [SECOND, FIRST, WILD]
    assert {len(row) for row in rows} == {5}
    assert rows[-1][-1] == "wild ␛[2J<U+202E> question"
    assert [one["id"] for one in _objects(limited)] == [SECOND]


@pytest.mark.usefixtures("three")
def test_on_a_terminal_a_list_fits_and_obeys_nothing() -> None:
    for columns, headings in (
        (100, ["ID", "UPDATED", "TURNS", "TITLE"]),
        (60, ["ID", "UPDATED", "TITLE"]),
        (40, ["ID", "TITLE"]),
    ):
        with Terminal("sessions", "list", columns=columns) as terminal:
            assert terminal.wait_exit() == 0
            head, *rows = [line.split() for line in terminal.lines if line.strip()]
            assert head == headings
            assert [row[0] for row in rows] == [SECOND, FIRST, WILD]
            assert "\x1b" not in terminal.output


@pytest.mark.usefixtures("three")
def test_words_find_the_session_and_the_turn_they_stand_in() -> None:
    (found,) = _objects(sessions("search", "PermissionError", "--json"))
    assert found["id"] == FIRST
    assert (found["matches"][0]["kind"], found["matches"][0]["turn"]) == ("result", 3)
    assert "PermissionError" in [piece["text"] for piece in found["matches"][0]["context"] if piece["match"]]
    nothing = sessions("search", "nowhere")
    assert (nothing.code, nothing.out) == (0, b"")
    shown = _objects(sessions("show", "20261123-15", "--json"))
    assert (shown["id"], shown["model"]) == (FIRST, "openai:gpt-4o-mini")
    assert [turn["status"] for turn in shown["turns"]] == [
        "answered",
        "answered",
        "cancelled",
        "model_error",
        "answered",
    ]
    assert Path(shown["path"]) == data_dir() / "sessions" / f"{FIRST}.jsonl"


@pytest.mark.usefixtures("three")
def test_a_session_is_renamed_pinned_deleted_restored_and_removed() -> None:
    assert sessions("rename", "20260101", "Walrus").code == 0
    assert sessions("pin", "20260101").code == 0
    (first, *_) = _objects(sessions("list", "--json"))
    assert (first["id"], first["title"], first["pinned"]) == (WILD, "Walrus", True)
    assert sessions("pin", "--off", "20260101").code == 0
    assert sessions("delete", "20260101", SECOND).code == 0
    assert _ids("list") == [FIRST]
    assert set(_ids("list", "--deleted")) == {WILD, SECOND}
    assert sessions("restore", "20260101").code == 0
    assert _ids("list") == [FIRST, WILD]
    _assert_refused(sessions("purge", SECOND), "--yes")
    assert sessions("purge", SECOND, "--yes").code == 0
    assert _ids("list", "--deleted") == []
    _assert_refused(sessions("purge", FIRST, "--yes"), FIRST)


@pytest.mark.usefixtures("three")
def test_whatever_changes_a_session_prints_it_as_the_list_does() -> None:
    renamed = _objects(sessions("rename", "111111", "Walrus", "--json"))
    assert (renamed["id"], renamed["title"]) == (WILD, "Walrus")
    pinned = _objects(sessions("pin", FIRST, "111111", "--json"))
    assert [(one["id"], one["pinned"]) for one in pinned] == [(FIRST, True), (WILD, True)]
    listed = {one["id"]: one for one in _objects(sessions("list", "--json"))}
    assert [listed[WILD], listed[FIRST]] == [pinned[1], pinned[0]]
    deleted = _objects(sessions("delete", SECOND, WILD, "--json"))
    assert [one["id"] for one in deleted] == [SECOND, WILD]
    assert _objects(sessions("list", "--deleted", "--json")) == [deleted[1], deleted[0]]
    assert _objects(sessions("restore", "111111", "--json")) == [pinned[1]]
    assert _objects(sessions("purge", SECOND, "--yes", "--json")) == [deleted[0]]
    shown = _objects(sessions("show", FIRST, "--json"))
    imported = _objects(sessions("import", shown["path"], "--json"))
    assert [(one["title"], one["turns"]) for one in imported] == [(shown["title"], len(shown["turns"]))]
    assert imported[0] in _objects(sessions("list", "--json"))


def test_a_session_shows_where_it_comes_from_and_what_comes_from_it() -> None:
    _write(FIRST, _asked("What is a heron?", "A wading bird.", 1_795_446_700_000))
    lineage = Lineage(branch="what-if", session=FIRST, run="r", moment="event:2", patch=("model=openai:x\x1b[2J",))
    started, *rest = _asked("What is a heron?", "Another bird.", 1_795_449_600_000)
    assert isinstance(started, ev.RunStarted)
    metadata = {**(started.metadata or {}), **lineage.told()}
    again = ev.RunStarted(timestamp=started.timestamp, thread_id="t", run_id="r2", parent_run_id="r", metadata=metadata)
    _write(SECOND, [again, *rest])
    shown = _objects(sessions("show", SECOND, "--json"))
    assert (shown["parent"], shown["children"]) == (FIRST, [])
    assert shown["lineage"] == {
        "branch": "what-if",
        "run_id": "r",
        "moment": "event:2",
        "patch": ["model=openai:x\x1b[2J"],
    }
    assert _objects(sessions("show", FIRST, "--json"))["children"] == [SECOND]
    lines = sessions("show", SECOND).text.splitlines()
    assert f"forked from  {FIRST} at event:2 (what-if, model=openai:x␛[2J)" in lines


@pytest.mark.usefixtures("three")
def test_what_is_shown_of_a_session_is_a_line_each() -> None:
    shown = sessions("show", "3f9a2c").text.splitlines()
    assert [line.split() for line in shown if line.startswith("turns")] == [["turns", "5"]]


def test_a_session_that_ends_in_the_middle_is_said_to_be_cut_off_as_its_export_says() -> None:
    _write(FIRST, _asked("What is a heron?", "A wading bird.", 1_795_446_700_000)[:-2])
    turn = sessions("show", FIRST).text.splitlines()[-1]
    assert turn.endswith("What is a heron?")
    assert "  cut off here  " in turn
    assert "Cut off here" in sessions("export", FIRST).text


@pytest.mark.usefixtures("three")
def test_the_format_of_an_export_is_what_the_name_of_the_file_says(tmp_path: Path) -> None:
    formats = {"a.md": "markdown", "a.JSON": "json", "a.jsonl": "events", "a.html": "html"}
    for name, export_format in formats.items():
        assert sessions("export", SECOND, "--output", str(tmp_path / name)).code == 0
        assert (tmp_path / name).read_bytes() == sessions("export", SECOND, "--format", export_format).out
    assert sessions("export", SECOND).out == (tmp_path / "a.md").read_bytes()
    _assert_refused(sessions("export", SECOND, "--output", str(tmp_path / "a.txt")), "a.txt", ".jsonl", "--format")
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.usefixtures("three")
def test_purge_asks_at_a_terminal() -> None:
    assert sessions("delete", SECOND).code == 0
    for answer, code, left in (("n", 130, [SECOND]), ("y", 0, [])):
        with Terminal("sessions", "purge", "20261123") as terminal:
            terminal.wait_for("What is a heron?")
            terminal.wait_for("[y/N]")
            terminal.send(answer + ENTER)
            assert terminal.wait_exit() == code
        assert _ids("list", "--deleted") == left


@pytest.mark.usefixtures("three")
def test_exported_events_are_imported_as_the_same_conversation(tmp_path: Path) -> None:
    exported = sessions("export", FIRST, "--format", "events")
    assert exported.out == (data_dir() / "sessions" / f"{FIRST}.jsonl").read_bytes()
    file = tmp_path / "kept.jsonl"
    file.write_bytes(exported.out)
    imported = sessions("import", str(file), "-", piped=exported.out)
    assert (imported.code, imported.err) == (0, "")
    for session_id in imported.text.split():
        (path,) = sessions("path", session_id).text.splitlines()
        events = [line.event for line in read_lines(Path(path))]
        assert Conversation(event for event in events if event) == Conversation(SHOWCASE)
    assert len(imported.text.split()) == 2


@pytest.mark.usefixtures("three")
def test_an_export_to_a_file_is_private_and_overwrites_only_by_force(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    arguments = ("export", SECOND, "--format", "html", "--output", str(file))
    assert sessions(*arguments).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"A wading bird." in file.read_bytes()
    file.write_text("mine")
    _assert_refused(sessions(*arguments), "--force", str(file))
    assert file.read_text() == "mine"
    assert sessions(*arguments, "--force").code == 0
    assert list(tmp_path.glob("page*")) == [file]


@pytest.mark.usefixtures("three")
def test_an_export_tells_of_broken_lines_and_leaves_them_out() -> None:
    path = data_dir() / "sessions" / f"{SECOND}.jsonl"
    whole = path.read_bytes()
    path.write_bytes(b"no JSON\n" + whole)
    exported = sessions("export", SECOND, "--format", "events")
    assert (exported.code, exported.out) == (0, whole)
    assert "1 broken line left out, the first is line 1" in exported.err


@pytest.mark.usefixtures("three")
def test_what_cannot_be_done_is_said_in_one_line() -> None:
    cases = {
        ("show", "2026"): (f"could be {WILD}, {FIRST} or 1 more: give more of the id",),
        ("show", "nothing"): ("nothing",),
        ("delete", "../../etc"): ("no session id",),
        ("restore", FIRST): (FIRST, "trash"),
        ("list", "--limit", "0"): ("--limit",),
        ("import", "/no/such/file"): ("/no/such/file",),
        ("import", "-"): ("standard input is empty",),
        ("import", __file__): (f"{__file__} is no recording", "(line 1: not JSON)"),
        ("export", FIRST, "--format", "markdown", "--output", "/no/such/folder/a"): ("/no/such/folder",),
        (): ("COMMAND",),
    }
    outcomes = at_once(partial(sessions, *case) for case in cases)
    for (case, words), outcome in zip(cases.items(), outcomes, strict=True):
        _assert_refused(outcome, *words, code=1 if "--output" in case else 2)


def test_a_file_that_cannot_be_kept_or_is_gone_is_told_by_its_name_and_stops_no_other(tmp_path: Path) -> None:
    small, other, folder = tmp_path / "small.jsonl", tmp_path / "other.jsonl", tmp_path / "folder"
    folder.mkdir()
    for path in (small, other, folder / "b.jsonl"):
        path.write_bytes(b"".join(wire.encode(event) + b"\n" for event in SHOWCASE))
    large = folder / "a.jsonl"
    delta = ev.TextMessageContent(message_id="m", delta="word " * 1_000)
    large.write_bytes(b"".join(wire.encode(event) + b"\n" for event in (SHOWCASE[0], *[delta] * 500)))
    # No file may become longer than that: as a full disk does it, only that what is small still has its place.
    limited = ["sh", "-c", 'ulimit -f 1024 && exec "$@"', "sh", *program("sessions", "import")]
    named = [str(small), str(tmp_path / "gone.jsonl"), str(folder), str(other)]
    done = subprocess.run([*limited, *named], capture_output=True, text=True, check=False)
    told = done.stderr.splitlines()
    assert [line for line in told if "gone.jsonl" in line] == [f"tickertape: {named[1]}: No such file or directory"]
    (refused,) = [line for line in told if str(large) in line]
    assert "File too large" in refused
    assert "tickertape: 1 file taken, 0 there already, 0 without a session, 1 could not be kept" in told
    assert done.returncode == 2
    kept = done.stdout.split()
    assert len(kept) == 3
    assert sorted(f"{name}.jsonl" for name in kept) == sorted(os.listdir(data_dir() / "sessions"))
