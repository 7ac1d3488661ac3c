"""Sessions on disk: what a crash, a full disk, a second writer and a stray byte leave behind."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.errors import SessionLocked, SessionNotFound, TranscriptError, TranscriptWriteError
from agent.events import types as ev
from agent.events.types import Event
from agent.events.wire import decode, encode
from agent.library.digests.looking import last_moment
from agent.reading.lines import read_lines
from agent.transcripts.folders import Sessions
from agent.transcripts.lock import lock_transcript
from agent.transcripts.session import Session
from agent.transcripts.writer import TranscriptWriter, interrupted_run
from tests.places import ROOT

START = ev.RunStarted(timestamp=1, thread_id="t", run_id="r")
END = ev.RunFinished(timestamp=9, thread_id="t", run_id="r", outcome={"type": "success"})


def _text(n: int) -> Event:
    return ev.TextMessageContent(timestamp=n, message_id="m", delta=f"שלום {n}\n")


def _read(path: Path) -> list[Event]:
    lines = list(read_lines(path))
    assert all(line.event is not None for line in lines), lines
    return [line.event for line in lines if line.event is not None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions" / "one.jsonl"


def test_reading_never_changes_the_file(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(encode(START) + b'\n{"type')
    before = path.read_bytes(), path.stat().st_mtime_ns
    list(read_lines(path))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_file_that_is_not_there_is_a_plain_error(path: Path) -> None:
    with pytest.raises(TranscriptError, match="No such file"):
        list(read_lines(path))


# Writing


def test_what_is_written_is_read(path: Path) -> None:
    writer = TranscriptWriter(path)
    writer.write([START, _text(1)])
    assert _read(path) == [START, _text(1)], "it is in the file as soon as write returns"
    writer.write([END])
    writer.sync()
    writer.close()
    writer.close()
    assert _read(path) == [START, _text(1), END]


def test_files_and_folders_are_for_the_user_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        writer = TranscriptWriter(tmp_path / "data" / "sessions" / "one.jsonl")
    finally:
        os.umask(before)
    writer.close()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [*tmp_path.rglob("*")]}
    assert modes == {"data": 0o700, "sessions": 0o700, "one.jsonl": 0o600}


@pytest.mark.parametrize("whole", [True, False], ids=["whole event", "torn event"])
def test_a_writer_ends_the_line_that_a_crash_left(path: Path, whole: bool) -> None:
    path.parent.mkdir(parents=True)
    torn = encode(_text(1)) if whole else encode(_text(1))[:-7]
    path.write_bytes(encode(START) + b"\n" + torn)
    writer = TranscriptWriter(path)
    writer.write([END])
    writer.close()
    assert _read(path) == ([START, _text(1), END] if whole else [START, END])


@given(st.data())
def test_what_is_appended_after_any_cut_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    events = [START, *(_text(n) for n in range(3))]
    whole = b"".join(encode(event) + b"\n" for event in events)
    path = tmp_path_factory.mktemp("cut") / "one.jsonl"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    kept = [line.event for line in read_lines(path)]
    writer = TranscriptWriter(path)
    writer.write([END])
    writer.close()
    assert _read(path) == [*kept, END]


def test_a_torn_line_longer_than_a_block_is_cut_off(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(encode(START) + b'\n{"type":"' + b"x" * 200_000)
    TranscriptWriter(path).close()
    assert path.read_bytes() == encode(START) + b"\n"


def test_a_second_writer_is_refused_until_the_first_is_done(path: Path) -> None:
    first = TranscriptWriter(path)
    with pytest.raises(SessionLocked, match="one is open in another instance"):
        TranscriptWriter(path)
    first.close()
    TranscriptWriter(path).close()


@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_is_moved_while_its_lock_is_waited_for_is_not_written(path: Path, create: bool) -> None:
    TranscriptWriter(path).close()
    moved = path.with_name("moved")
    opened: list[TranscriptWriter | TranscriptError] = []

    def open_it() -> None:
        try:
            opened.append(TranscriptWriter(path, create=create))
        except TranscriptError as error:
            opened.append(error)

    lock = lock_transcript(path)
    thread = threading.Thread(target=open_it)
    thread.start()
    path.rename(moved)
    os.close(lock)
    thread.join()
    (writer,) = opened
    if isinstance(writer, TranscriptWriter):
        assert create
        writer.write([START])
        writer.close()
        assert _read(path) == [START]
    else:
        assert isinstance(writer, SessionNotFound)
        assert not create
    assert moved.read_bytes() == b""


def test_a_folder_that_cannot_be_made_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(TranscriptError, match="data"):
        TranscriptWriter(tmp_path / "data" / "sessions" / "one.jsonl")


# A disk that refuses


class Disk:
    """`os.write` on a disk that may be full, and that may take only so much at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        """Bytes left; None is plenty."""
        self.most = 1 << 30
        """Bytes that one write takes."""
        self._write = os.write
        monkeypatch.setattr(os, "write", self)

    def __call__(self, file: int, data: bytes) -> int:
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        piece = data[: self.most if self.room is None else min(self.room, self.most)]
        written = self._write(file, piece)
        if self.room is not None:
            self.room -= written
        return written


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.mark.parametrize("deleted", ["file", "folder"])
def test_a_file_that_is_deleted_while_it_is_written_is_there_again_with_all_that_was_in_it(
    path: Path, deleted: str
) -> None:
    writer = TranscriptWriter(path)
    writer.write([START, *map(_text, range(2_000))])
    if deleted == "file":
        path.unlink()
    else:
        shutil.rmtree(path.parent.parent)
    writer.write([END])
    assert _read(path) == [START, *map(_text, range(2_000)), END]
    with pytest.raises(SessionLocked):
        TranscriptWriter(path)
    writer.close()
    path.unlink()
    writer.close()
    assert not path.exists()


def test_a_file_that_has_taken_the_place_of_a_deleted_one_is_not_written(path: Path) -> None:
    writer = TranscriptWriter(path)
    writer.write([START])
    path.unlink()
    path.write_bytes(b"another's\n")
    with pytest.raises(TranscriptWriteError, match="not saved"):
        writer.write([END])
    assert path.read_bytes() == b"another's\n"
    path.unlink()
    writer.close()
    assert _read(path) == [START, END]


@pytest.mark.parametrize("room", [0, 1, 10, 100, 250])
def test_nothing_is_lost_and_order_is_kept_once_there_is_space_again(path: Path, disk: Disk, room: int) -> None:
    writer = TranscriptWriter(path)
    disk.room = room
    refused = 0
    for n in range(10):
        if n == 7:
            disk.room = None
        try:
            writer.write([_text(n)])
        except TranscriptWriteError as error:
            refused += 1
            message = str(error)
    writer.close()
    assert refused
    assert "No space left" in message
    assert _read(path) == [_text(n) for n in range(10)]


def test_what_was_refused_last_is_tried_once_more_at_the_end(path: Path, disk: Disk) -> None:
    writer = TranscriptWriter(path)
    disk.room = 5
    with pytest.raises(TranscriptWriteError):
        writer.write([START])
    disk.room = None
    writer.close()
    assert _read(path) == [START]


def test_a_disk_that_stays_full_costs_the_last_lines_and_no_more(path: Path, disk: Disk) -> None:
    writer = TranscriptWriter(path)
    writer.write([START])
    disk.room = 5
    with pytest.raises(TranscriptWriteError):
        writer.write([END])
    writer.close()
    assert _read(path) == [START]
    disk.room = None
    TranscriptWriter(path).close()
    assert path.read_bytes() == encode(START) + b"\n"


def test_a_system_that_takes_little_at_a_time_gets_it_all(path: Path, disk: Disk) -> None:
    writer = TranscriptWriter(path)
    disk.most = 3
    writer.write([START, _text(1), END])
    writer.close()
    assert _read(path) == [START, _text(1), END]


def test_a_line_that_cannot_be_ended_for_want_of_space_is_a_plain_error_and_leaves_no_lock(
    path: Path, disk: Disk
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(encode(START))
    disk.room = 0
    with pytest.raises(TranscriptError, match="No space left"):
        TranscriptWriter(path)
    disk.room = None
    TranscriptWriter(path).close()
    assert _read(path) == [START]


def test_a_session_with_a_cut_run_opens_on_a_full_disk_and_is_closed_when_there_is_space(
    path: Path, disk: Disk
) -> None:
    TranscriptWriter(path).close()
    path.write_bytes(encode(START) + b"\n")
    disk.room = 0
    session = Session.open(path)
    assert session.conversation.runs[0].status is RunStatus.INTERRUPTED
    disk.room = None
    session.close()
    assert isinstance(_read(path)[-1], ev.RunError)


# A crash

WRITING = """
import sys
from pathlib import Path
from agent.events import types as ev
from agent.events import wire
from agent.transcripts.writer import TranscriptWriter

writer = TranscriptWriter(Path(sys.argv[1]))
run = "run" + sys.argv[2]
def write(event):
    writer.write([event])
    sys.stdout.buffer.write(wire.encode(event) + b"\\n")
    sys.stdout.buffer.flush()

write(ev.RunStarted(timestamp=1, thread_id="t", run_id=run))
write(ev.StepStarted(timestamp=2, step_name="step 1"))
write(ev.TextMessageStart(timestamp=3, message_id="m" + run, role="assistant"))
n = 3
while True:
    n += 1
    write(ev.TextMessageContent(timestamp=n, message_id="m" + run, delta="x" * 1000))
"""


def test_after_kill_9_every_event_that_was_told_is_in_the_file_and_the_next_writer_closes_the_run(path: Path) -> None:
    told: list[bytes] = []
    for turn in range(3):
        command = [sys.executable, "-c", WRITING, str(path), str(turn)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(20 + 50 * turn)]
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        told += [line.rstrip(b"\n") for line in lines if line.endswith(b"\n")]
        raw = [line.raw for line in read_lines(path)]
        assert [line for line in raw if line in set(told)] == told
        session = Session.open(path)
        assert not session.read_only
        assert session.problems == []
        session.close()
        run = Conversation(_read(path)).runs[-1]
        assert run.status is RunStatus.INTERRUPTED
        assert run.ended == run.messages[0].fragments.times[-1], "not the moment of the repair"
    assert_valid_agui(path.read_text().splitlines(), max_warnings=0)


def test_a_run_that_ended_is_not_closed_again(path: Path) -> None:
    writer = TranscriptWriter(path)
    writer.write([START, END])
    assert writer.close_interrupted_run([START, END]) == []
    writer.close()
    assert interrupted_run([START, END]) is None
    assert interrupted_run([]) is None
    assert interrupted_run([START, END, START]) is not None
    assert _read(path) == [START, END]


# The folder


def test_a_session_is_found_by_its_id_or_the_beginning_of_it(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    with pytest.raises(SessionNotFound, match="no session yet"):
        sessions.latest(last_moment)
    with pytest.raises(SessionNotFound, match="no session 2026"):
        sessions.find("2026")
    for name in ("20261123-01", "20261123-02"):
        writer = TranscriptWriter(sessions.path(name))
        writer.write([START])
        writer.close()
    os.utime(sessions.path("20261123-01"), ns=(1 << 62, 1 << 62))
    assert sessions.find("20261123-01") == sessions.path("20261123-01")
    assert sessions.find("20261123-02").stem == "20261123-02"
    assert sessions.latest(last_moment).stem == "20261123-01"
    with pytest.raises(SessionNotFound, match="give more"):
        sessions.find("2026")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a\0b", "x" * 300])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(SessionNotFound):
        Sessions(tmp_path).find(name)


def test_unknown_events_are_kept_as_they_are(path: Path) -> None:
    raw = b'{"type": "FUTURE",  "x": [1.50]}'
    writer = TranscriptWriter(path)
    writer.write_lines([raw])
    writer.close()
    assert [line.raw for line in read_lines(path)] == [raw]
    assert decode(raw) == _read(path)[0]
