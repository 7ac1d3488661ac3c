"""The library's single acts: what each does to the files, what it refuses, and what in the folder is no session."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.run import RunStatus
from agent.errors import AmbiguousSession, LibraryError, SessionLocked, SessionNotFound, TranscriptError
from agent.events import types as ev
from agent.library.digests.looking import last_moment
from agent.library.library import Library
from agent.library.listing import MatchKind
from agent.library.naming import find_recorded
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session
from agent.transcripts.writer import TranscriptWriter
from tests.agent.saving import append, turn
from tests.places import ROOT

ONE, TWO = "20261123-000001", "20261123-000002"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    data = tmp_path / "data"
    append(_path(data, ONE), turn(1, "first question", answer="an answer", result="needle\nin a result"))
    append(_path(data, TWO), turn(1, "second question", arguments='{"city": "Z\\u00fcrich"}', tool="get_weather"))
    os.utime(_path(data, ONE), (1_770_000_000, 1_770_000_000))
    os.utime(_path(data, TWO), (1_780_000_000, 1_780_000_000))
    return Library(data)


def _path(data: Path, name: str, folder: str = "sessions") -> Path:
    return data / folder / f"{name}.jsonl"


def _ids(library: Library) -> list[str]:
    return [info.id for info in library.sessions()]


def test_before_there_is_an_index_a_list_has_titles_and_no_turns(library: Library) -> None:
    assert [(info.id, info.title, info.turns) for info in library.sessions()] == [
        (TWO, "second question", None),
        (ONE, "first question", None),
    ]
    assert library.refresh(gentle=False)
    assert [info.turns for info in library.sessions()] == [1, 1]
    assert not library.refresh(gentle=False)


def _copied(library: Library) -> Library:
    """What is kept, with all files as new as the copy, in an order of its own."""
    copy = library.data_dir.with_name("copy")
    shutil.copytree(library.data_dir, copy)
    for age, name in enumerate(["c", TWO, ONE]):
        os.utime(_path(copy, name), (1_790_000_000 - age, 1_790_000_000 - age))
    return Library(copy)


@pytest.mark.parametrize("is_indexed", [True, False])
def test_a_copied_folder_is_listed_by_the_last_events_and_goes_on_with_the_latest(
    library: Library, is_indexed: bool
) -> None:
    for name, start in ((ONE, 1_790_000_000_000 - 5_000), (TWO, 1_780_000_000_000), ("c", 1_770_000_000_000)):
        append(_path(library.data_dir, name), turn(2, "and then?", start=start))
        append(_path(library.data_dir, name), [ev.Unknown(data={"type": "UNDATED"})])
    if is_indexed:
        library.refresh()
    copy = _copied(library)
    with _path(copy.data_dir, ONE).open("ab") as file:
        file.write(b'{"type": "TORN')
    os.utime(_path(copy.data_dir, ONE), (1_789_999_998, 1_789_999_998))
    listed = copy.sessions()
    assert [info.id for info in listed] == [ONE, TWO, "c"]
    assert listed[0].updated == 1_790_000_000_000 - 5_000 + 10
    assert copy.info(ONE) == listed[0]
    assert Sessions(copy.data_dir).latest(last_moment).stem == ONE
    copy.refresh()
    assert [info.updated for info in copy.sessions()] == [info.updated for info in listed]


def test_more_copied_files_than_are_looked_at_count_from_when_they_were_begun(tmp_path: Path) -> None:
    names = [f"202611{day:02}-{hour:02}0000" for day in range(1, 29) for hour in range(24)]
    for number, name in enumerate(names):
        moment = datetime.strptime(f"{name} +0000", "%Y%m%d-%H%M%S %z").timestamp()
        append(_path(tmp_path, name), [ev.RunStarted(timestamp=moment * 1000, thread_id="t", run_id="r")])
        os.utime(_path(tmp_path, name), (1_800_000_000 + number % 7, 1_800_000_000))
    assert _ids(Library(tmp_path)) == names[::-1]
    assert Sessions(tmp_path).latest(last_moment).stem == names[-1]


@pytest.mark.parametrize("content", [b"", b"\n", b"{]", b'{"type":"CUSTOM","name":"x"}\n', b"x" * 100_000])
def test_a_file_that_tells_no_time_is_as_new_as_it_is(library: Library, content: bytes) -> None:
    path = _path(library.data_dir, "undated")
    path.write_bytes(content)
    os.utime(path, (1_775_000_000, 1_775_000_000))
    assert last_moment(path) is None
    assert _ids(library) == [*(["undated"] if content else []), TWO, ONE]
    assert Sessions(library.data_dir).latest(last_moment).stem == ("undated" if content else TWO)


def test_an_id_can_be_shortened_to_any_part_that_names_one_session(library: Library) -> None:
    for number in range(3, 20):
        append(_path(library.data_dir, f"2026112{number % 10}-{number:06}"), turn(1))
    assert library.find("000017") == "20261127-000017"
    append(_path(library.data_dir, "000017-begins"), turn(1))
    assert library.find("000017") == "000017-begins"
    with pytest.raises(
        SessionNotFound, match="2026 could be 20261120-000010, 20261121-000011 or 17 more: give more of the id"
    ):
        library.find("2026")
    with pytest.raises(AmbiguousSession, match="2026 could be 20261120-000010, "):
        find_recorded(library.data_dir, "2026")
    append(_path(library.data_dir, "000017-goes-on"), turn(1))
    with pytest.raises(SessionNotFound, match="00001 could be 000017-begins or 000017-goes-on: give more of the id"):
        library.find("00001")
    with pytest.raises(SessionNotFound, match="no session 000099"):
        library.find("000099")


def test_pinned_sessions_stand_first_also_in_what_is_found(library: Library) -> None:
    library.refresh()
    before = _ids(library)
    library.pin(before[-1], True)
    assert _ids(library) == before[::-1]
    assert [found.session.id for found in library.search("question")] == before[::-1]


def test_what_stands_in_any_text_is_found_with_its_place(library: Library) -> None:
    library.rename(TWO, "Größe")
    library.refresh()
    for asked, name, kind, number in [
        ("first", ONE, MatchKind.QUESTION, 1),
        ("answ", ONE, MatchKind.ANSWER, 1),
        ("needle", ONE, MatchKind.RESULT, 1),
        ("weather", TWO, MatchKind.TOOL, 1),
        ("zurich", TWO, MatchKind.ARGUMENTS, 1),
        ("grosse", TWO, MatchKind.TITLE, 0),
    ]:
        (found,) = library.search(asked)
        (match,) = found.matches
        assert (found.session.id, match.kind, match.turn) == (name, kind, number)
        assert match.run_id == ("run-1" if number else None)
        assert any(piece.is_match for piece in match.context)


def test_the_result_of_the_call_that_the_answer_is_decoded_from_is_not_found(library: Library) -> None:
    begun = turn(2, "another", tool="final_answer", result="internal", answer="spoken", ended=False)
    decoded = [
        msgspec.structs.replace(event, metadata={"toolCallId": "call-2"})
        if isinstance(event, ev.TextMessageStart)
        else event
        for event in begun
    ]
    append(_path(library.data_dir, ONE), decoded)
    library.refresh()
    assert [library.search(word) for word in ("internal", "final")] == [[], []]
    assert [found.session.id for found in library.search("spoken")] == [ONE]


def test_words_in_different_turns_find_a_session_and_show_both(library: Library) -> None:
    append(_path(library.data_dir, ONE), turn(2, "something else"))
    library.update(ONE)
    (found,) = library.search("needle something")
    assert [(match.kind, match.turn) for match in found.matches] == [(MatchKind.RESULT, 1), (MatchKind.QUESTION, 2)]


def test_what_looks_the_same_in_one_turn_is_shown_once(library: Library) -> None:
    one, two = turn(1, "compare"), turn(2, "again")
    calls = [
        event for event in turn(3, tool="look_up", arguments='{"name": "lemon"}', result="sour") if _is_of_call(event)
    ]
    for number in range(3):
        same = [msgspec.structs.replace(event, tool_call_id=f"same-{number}") for event in calls]
        one[2:2], two[2:2] = same, same
    append(_path(library.data_dir, "parallel"), [*one, *two])
    library.refresh()
    (found,) = library.search("sour")
    assert [(match.kind, match.turn) for match in found.matches] == [(MatchKind.RESULT, 1), (MatchKind.RESULT, 2)]
    (found,) = library.search("lemon look sour")
    assert [(match.kind, match.turn) for match in found.matches] == [
        (MatchKind.TOOL, 1),
        (MatchKind.ARGUMENTS, 1),
        (MatchKind.RESULT, 1),
    ]


def _is_of_call(event: ev.Event) -> bool:
    return isinstance(event, ev.ToolCallStart | ev.ToolCallArgs | ev.ToolCallEnd | ev.ToolCallResult)


@given(asked=st.text() | st.text(st.sampled_from("ab \"'*:()^+-.{}|,;\0")))
def test_any_text_can_be_searched_for(tmp_path_factory: pytest.TempPathFactory, asked: str) -> None:
    data = tmp_path_factory.getbasetemp() / "searched"
    if not data.exists():
        append(_path(data, ONE), turn(1, "a question", answer="b"))
        Library(data).refresh()
    assert len(Library(data).search(asked)) <= 1


def test_a_search_that_is_no_longer_wanted_ends(library: Library) -> None:
    library.refresh()
    stop = threading.Event()
    stop.set()
    assert library.search("question", stop=stop) == []
    assert len(library.search("question", limit=1)) == 1


def test_an_index_that_is_stopped_in_the_middle_goes_on_the_next_time(library: Library) -> None:
    for number in range(30):
        append(_path(library.data_dir, f"x{number}"), [e for n in range(50) for e in turn(n, f"word{number}")])
    stop = threading.Event()
    library.refresh(stop, lambda done, _all: stop.set() if done == 5 else None)
    assert {info.turns for info in library.sessions()} & {None}
    library.refresh()
    assert all(len(library.search(f'"word{number}"')) == 1 for number in range(30))


def test_deleted_and_restored_a_session_is_what_it_was(library: Library) -> None:
    library.rename(ONE, "named")
    library.refresh()
    before = library.info(ONE)
    library.delete(ONE)
    assert _ids(library) == [TWO]
    assert [info.title for info in library.deleted()] == ["named"]
    assert library.search("needle") == []
    with pytest.raises(SessionNotFound):
        library.delete(ONE)
    with pytest.raises(SessionNotFound):
        library.rename(ONE, "x")
    assert library.find(ONE[:-1], deleted=True) == ONE
    library.restore(ONE)
    assert library.info(ONE) == before
    assert len(library.search("needle")) == 1


def test_nothing_is_overwritten_by_a_delete_or_a_restore(library: Library) -> None:
    library.delete(ONE)
    append(_path(library.data_dir, ONE), turn(1, "another"))
    for move in (library.delete, library.restore):
        with pytest.raises(LibraryError, match="there already"):
            move(ONE)
    library.purge(ONE)
    assert library.deleted() == []
    assert library.info(ONE).title == "another"


def test_a_session_that_is_being_written_is_live_and_cannot_be_deleted(library: Library) -> None:
    writer = TranscriptWriter(_path(library.data_dir, ONE))
    assert [info.is_live for info in library.sessions()] == [False, True]
    assert [info.is_live for info in library.sessions(ours=[ONE])] == [False, False]
    assert library.info(ONE).is_live
    with pytest.raises(SessionLocked):
        library.delete(ONE)
    writer.close()
    assert not library.info(ONE).is_live
    library.delete(ONE)


def test_a_turn_is_running_only_while_someone_writes_it(library: Library) -> None:
    append(_path(library.data_dir, ONE), turn(2, "cut", ended=False))
    assert [turn.status for turn in library.turns(ONE)] == [RunStatus.ANSWERED, RunStatus.INTERRUPTED]
    assert [turn.is_cut_off for turn in library.turns(ONE)] == [False, True]
    writer = TranscriptWriter(_path(library.data_dir, ONE))
    assert [turn.status for turn in library.turns(ONE)] == [RunStatus.ANSWERED, RunStatus.RUNNING]
    assert not any(turn.is_cut_off for turn in library.turns(ONE))
    writer.close()


def test_a_session_that_was_moved_is_not_made_anew_by_opening_it(library: Library) -> None:
    path = _path(library.data_dir, ONE)
    library.delete(ONE)
    with pytest.raises(SessionNotFound):
        Session.open(path)
    assert not path.exists()


def test_listing_does_not_keep_a_writer_from_its_file(library: Library) -> None:
    stop = threading.Event()

    def list_on() -> None:
        while not stop.is_set():
            library.sessions()

    thread = threading.Thread(target=list_on)
    thread.start()
    try:
        for _round in range(50):
            TranscriptWriter(_path(library.data_dir, ONE)).close()
    finally:
        stop.set()
        thread.join()


# What is no session


def test_what_is_no_session_is_told_or_passed_over_and_never_touched(library: Library) -> None:
    folder = library.data_dir / "sessions"
    (folder / "notes.txt").write_text("x")
    (folder / "folder.jsonl").mkdir()
    (folder / "nowhere.jsonl").symlink_to("gone")
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "empty.jsonl").touch()
    (folder / "binary.jsonl").write_bytes(bytes(range(256)) * 10)
    (folder / "foreign.jsonl").write_text('{"level": "info"}\n{"type": "SOMETHING"}\n')
    (folder / "a name.jsonl").write_bytes(_path(library.data_dir, ONE).read_bytes())
    (folder / os.fsdecode(b"\xff\xfe.jsonl")).write_bytes(b"{}")
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    library.refresh()
    problems = {info.id: info.problem for info in library.sessions()}
    assert problems.keys() == {ONE, TWO, "binary", "foreign", "a name", "\ufffd\ufffd"}
    assert (problems[ONE], problems[TWO]) == (None, None)
    for name, words in {
        "binary": "(line 1: not JSON)",
        "foreign": "no AG-UI event in it",
        "a name": "rename the file",
    }.items():
        assert words in (problems[name] or "")
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_later_format_and_broken_lines_are_told_and_the_rest_is_there(library: Library) -> None:
    path = _path(library.data_dir, ONE)
    metadata = {"format": 99}
    append(path, [ev.RunStarted(timestamp=1, thread_id="t", run_id="r9", metadata=metadata)])
    with _path(library.data_dir, TWO).open("ab") as file:
        file.write(b"{]\nnone\n")
    library.refresh()
    assert "newer version (format 99)" in (library.info(ONE).problem or "")
    assert "2 broken lines were skipped, the first is line 12: not JSON" in (library.info(TWO).problem or "")
    assert len(library.turns(ONE)) == 2


def test_a_time_from_nowhere_puts_no_session_beyond_its_file(library: Library) -> None:
    append(_path(library.data_dir, ONE), turn(2, "late", start=2**53 - 100))
    library.refresh()
    info = library.info(ONE)
    assert info.updated <= _path(library.data_dir, ONE).stat().st_mtime_ns / 1e6
    assert info.created <= info.updated


# Bringing in


def test_a_stream_is_brought_in_an_event_to_a_line_as_each_came(library: Library, tmp_path: Path) -> None:
    source = tmp_path / "A stream.jsonl"
    source.write_bytes(b'{"type": "NEW", "x": 1.50}\r\n\n[{"type":"RUN_STARTED",\n"threadId":"t","runId":"r"}]')
    (name,) = library.import_file(source).sessions
    assert _path(library.data_dir, name).read_bytes().splitlines() == [
        b'{"type": "NEW", "x": 1.50}',
        b'{"type":"RUN_STARTED", "threadId":"t","runId":"r"}',
    ]
    assert _path(library.data_dir, name).stat().st_mode & 0o777 == 0o600
    assert (library.info(name).title, library.info(name).turns) == ("A stream", 1)
    (again,) = library.import_file(_path(library.data_dir, ONE)).sessions
    assert library.info(again).title == "first question"
    assert again != ONE


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "notes.md is empty$"),
        (b"# Notes\n", r"notes.md is no recording: there is no AG-UI event in it \(line 1: not JSON\)$"),
        (b"\x00\xff" * 5_000, r"there is no AG-UI event in it \(line 1: not JSON\)$"),
        (b"PK\x03\x04", r"there is no AG-UI event in it \(it is a zip archive; unpack it first\)$"),
        (b'{"a": 1}\n{"b": 2}\n', "line 1: not an event"),
    ],
)
def test_what_holds_no_event_is_refused_and_leaves_nothing(
    library: Library, tmp_path: Path, content: bytes, words: str
) -> None:
    source = tmp_path / "notes.md"
    source.write_bytes(content)
    before = sorted((library.data_dir / "sessions").iterdir())
    with pytest.raises(TranscriptError, match=words):
        library.import_file(source)
    with pytest.raises(TranscriptError, match="No such file"):
        library.import_file(tmp_path / "gone")
    assert sorted((library.data_dir / "sessions").iterdir()) == before


def test_two_threads_of_a_stream_are_two_sessions_and_what_was_left_out_is_told(
    library: Library, tmp_path: Path
) -> None:
    def run(thread: str, question: str) -> bytes:
        asked = {"threadId": thread, "runId": "r", "messages": [{"id": "q", "role": "user", "content": question}]}
        events = [
            {"type": "RUN_STARTED", "threadId": thread, "runId": "r", "input": asked},
            {"type": "RUN_FINISHED", "threadId": thread, "runId": "r"},
        ]
        return b"".join(json.dumps(event).encode() + b"\n" for event in events)

    source = tmp_path / "both.jsonl"
    source.write_bytes(run("a", "one") + b"nothing\n" + run("b", "two") + run("a", "three"))
    done = library.import_file(source)
    assert [library.info(name).turns for name in done.sessions] == [2, 1]
    assert [_path(library.data_dir, name).read_bytes() for name in done.sessions] == [
        run("a", "one") + run("a", "three"),
        run("b", "two"),
    ]
    assert done.problems == [
        "line 3 is broken and was skipped: not JSON",
        "2 threads are in it, and each became a session",
    ]


# A folder that cannot be written, and a disk that is full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting takes a privileged user")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _fill(disk: Path) -> Path:
    path = disk / "filler"
    room = os.statvfs(disk)
    path.write_bytes(b"x" * (room.f_bavail * room.f_frsize))
    return path


def test_on_a_full_disk_all_can_be_read_nothing_is_lost_and_it_is_said(small_disk: Path) -> None:
    library = Library(small_disk / "data")
    path = _path(library.data_dir, ONE)
    append(path, turn(1, "first question"))
    library.rename(ONE, "named")
    library.refresh()
    filler = _fill(small_disk)
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="No space left"):
        library.rename(ONE, "renamed")
    with pytest.raises(LibraryError, match="No space left"):
        library.import_file(path)
    fresh = Library(library.data_dir)
    for reader in (library, fresh):
        assert [(info.id, info.title) for info in reader.sessions()] == [(ONE, "named")]
        reader.refresh()
        assert [found.session.id for found in reader.search("question")] == [ONE]
    library.delete(ONE)
    library.restore(ONE)
    filler.unlink()
    library.rename(ONE, "renamed")
    assert Library(library.data_dir).info(ONE).title == "renamed"
    assert path.read_bytes() == before
    assert {path.name for path in path.parent.iterdir()} == {path.name}


def test_a_folder_that_cannot_be_written_can_be_listed_and_searched(small_disk: Path) -> None:
    library = Library(small_disk / "data")
    append(_path(library.data_dir, ONE), turn(1, "first question"))
    library.rename(ONE, "named")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for reader in (library, Library(library.data_dir)):
        reader.refresh()
        assert [(info.id, info.title, info.turns) for info in reader.sessions()] == [(ONE, "named", 1)]
        assert [found.session.id for found in reader.search("question")] == [ONE]
        assert "in memory" in (reader.notice or "")
        with pytest.raises(LibraryError, match="read-only"):
            reader.pin(ONE, True)
        with pytest.raises(LibraryError, match="read-only"):
            reader.delete(ONE)
        with pytest.raises(LibraryError, match="read-only"):
            reader.import_file(_path(library.data_dir, ONE))


# A long one


def test_a_long_transcript_takes_no_more_memory_than_its_longest_turn(tmp_path: Path) -> None:
    path = _path(tmp_path, ONE)
    append(path, turn(1, "first question", answer="x" * 100_000))
    with path.open("ab") as file:
        part = path.read_bytes()
        for _turn in range(400):
            file.write(part)
    watch = (
        "import resource, sys; from pathlib import Path; from agent.library.library import Library;"
        "library = Library(Path(sys.argv[1])); library.sessions();"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; library.refresh(gentle=False);"
        "print(library.sessions()[0].turns, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", watch, str(tmp_path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    turns, kilobytes = map(int, told.stdout.split())
    assert turns == 401
    assert kilobytes < 30_000, "of a file of 40,000"


def test_a_turn_that_waits_for_an_answer_is_told_from_one_that_was_interrupted(library: Library) -> None:
    asked = {"type": "interrupt", "interrupts": [{"id": "i", "message": "Sure?"}]}
    waits = [
        ev.RunStarted(timestamp=1, thread_id="t", run_id="w"),
        ev.RunFinished(timestamp=2, thread_id="t", run_id="w", outcome=asked),
    ]
    append(_path(library.data_dir, ONE), waits)
    assert [turn.is_waiting for turn in library.turns(ONE)] == [False, True]
