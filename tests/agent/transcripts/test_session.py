"""A session: what a reader sees is in the file first, for one writer at a time."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from agent.conversation.lineage import Lineage
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.errors import TranscriptError
from agent.events import types as ev
from agent.events.types import Event
from agent.events.wire import encode
from agent.reading.lines import read_lines
from agent.runs.run import Answer, Run
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session, new_session_id
from agent.transcripts.writer import TranscriptWriter
from tests.agent.strategies import FEWER, conversations, cut_runs
from tests.agent.transcripts.test_writer import Disk

PATIENCE = 60.0


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "data")


def _run(*events: Event, thread_id: str | None = None) -> Run:
    """A run that tells these events, each in a batch of its own, and answers."""

    async def work(run: Run) -> Answer:
        for event in events:
            run.emit(event)
            await asyncio.sleep(0)
        return {"answer": "done", "tools_used": []}

    return Run(work, "q", thread_id=thread_id)


async def _record(session: Session, run: Run) -> list[Event]:
    async with run:
        return [event async for event in session.record(run)]


def _saved(path: Path | None) -> list[Event]:
    assert path is not None
    return [line.event for line in read_lines(path) if line.event is not None]


def closed_early(events: AsyncIterator[Event]) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
    """`events`, an asynchronous generator, closed when the block is left."""
    assert isinstance(events, AsyncGenerator)
    return aclosing(events)


STEPS = [ev.StepStarted(timestamp=n, step_name=f"step {n}") for n in range(5)]


# Recording


async def test_an_event_is_in_the_file_before_a_reader_sees_it(sessions: Sessions, nothing_blocks: object) -> None:
    session = Session.new(sessions)
    seen = 0
    async with _run(*STEPS) as run:
        async for event in session.record(run):
            saved = await asyncio.to_thread(_saved, session.path)
            assert saved[seen] == event
            seen += 1
    assert await asyncio.to_thread(_saved, session.path) == saved
    assert seen == len(saved) == 2 + 2 * len(STEPS)
    session.close()


async def test_runs_of_a_session_follow_each_other_in_its_file(sessions: Sessions) -> None:
    session = Session.new(sessions)
    told = [*await _record(session, _run()), *await _record(session, _run(*STEPS))]
    session.close()
    assert _saved(session.path) == told
    assert session.path is not None
    assert Session.open(session.path).conversation == Conversation(told)


async def test_a_run_whose_reader_was_cut_off_has_its_end_in_the_file(sessions: Sessions) -> None:
    session = Session.new(sessions)
    run = _run(*(ev.Custom(name="tick", value=number) for number in range(40)))
    seen = asyncio.Event()

    async def read() -> None:
        async with run:
            async for event in session.record(run):
                if isinstance(event, ev.Custom):
                    seen.set()
                    await asyncio.Event().wait()

    reader = asyncio.create_task(read())
    await asyncio.wait_for(seen.wait(), PATIENCE)
    reader.cancel()
    await asyncio.wait({reader})
    session.record_rest(run)
    saved = _saved(session.path)
    assert saved[0] == run.started
    assert isinstance(saved[-1], ev.RunError | ev.RunFinished)
    assert run.rest() == []


async def test_a_session_without_a_question_leaves_nothing_behind(sessions: Sessions) -> None:
    session = Session.new(sessions)
    session.close()
    assert not sessions.folder.exists()


async def test_a_session_that_is_not_kept_writes_nothing(sessions: Sessions) -> None:
    session = Session.new(None)
    assert len(await _record(session, _run())) == 2
    session.close()
    assert not sessions.folder.exists()


async def test_a_reader_that_leaves_early_loses_nothing_that_it_saw(sessions: Sessions) -> None:
    session = Session.new(sessions)
    seen = []
    async with _run(*STEPS) as run, closed_early(session.record(run)) as recording:
        async for event in recording:
            seen.append(event)
            if len(seen) == 3:
                break
    session.close()
    assert _saved(session.path)[:3] == seen
    assert session.path is not None
    assert Session.open(session.path).conversation.runs[0].status is RunStatus.INTERRUPTED


@pytest.mark.parametrize("room", [0, 150])
async def test_a_full_disk_does_not_stop_the_run_and_is_told_once(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    disk = Disk(monkeypatch)
    session = Session.new(sessions)
    disk.room = room
    told = await _record(session, _run(*STEPS))
    assert isinstance(told[-1], ev.RunFinished)
    assert len(session.problems) == 1
    assert "No space left" in session.problems[0]
    assert session.unsaved == "Not saved: No space left on device", "for as long as it lasts"
    disk.room = None
    told += await _record(session, _run())
    assert not session.unsaved
    session.close()
    assert _saved(session.path) == told
    assert len(session.problems) == 1


async def test_a_folder_that_cannot_be_written_does_not_stop_the_run_and_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    session = Session.new(Sessions(tmp_path / "data"))
    for _turn in range(2):
        assert isinstance((await _record(session, _run()))[-1], ev.RunFinished)
    assert len(session.problems) == 1
    assert "not being saved" in session.problems[0]


async def test_a_disk_that_fails_to_sync_is_told(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    session = Session.new(sessions)
    await _record(session, _run())
    session.close()
    assert ["not safe on disk" in problem for problem in session.problems] == [True]


# Opening


async def test_a_second_reader_of_a_session_is_read_only(sessions: Sessions) -> None:
    first = Session.new(sessions)
    await _record(first, _run())
    assert first.path is not None
    before = first.path.read_bytes()
    second = Session.open(first.path)
    assert second.read_only
    assert second.conversation.runs[0].status is RunStatus.ANSWERED
    await _record(second, _run())
    assert first.path.read_bytes() == before
    first.close()
    second.close()
    third = Session.open(first.path)
    assert not third.read_only
    third.close()


async def test_a_read_only_session_does_not_close_the_run_of_the_other(sessions: Sessions) -> None:
    writer = TranscriptWriter(sessions.path("one"))
    writer.write([ev.RunStarted(timestamp=1, thread_id="t", run_id="r")])
    session = Session.open(sessions.path("one"))
    assert session.conversation.open_run is not None
    writer.close()


def test_broken_lines_are_told_by_number_and_the_rest_is_there(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    path = sessions.path("one")
    path.parent.mkdir(parents=True)
    start = ev.RunStarted(timestamp=1, thread_id="t", run_id="r")
    path.write_bytes(encode(start) + b"\nbroken\n{}\n" + encode(ev.RunError(timestamp=2, message="x")) + b"\n")
    session = Session.open(path)
    session.close()
    assert [problem.split(" is broken")[0] for problem in session.problems] == [
        "one.jsonl: line 2",
        "one.jsonl: line 3",
    ]
    assert session.conversation.runs[0].error == "x"


@FEWER
@given(cut_runs())
def test_any_file_opens_with_nothing_left_open(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> None:
    path = tmp_path_factory.mktemp("data") / "one.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    session = Session.open(path)
    session.close()
    assert session.conversation.open_run is None
    assert session.conversation == Conversation(_saved(path))
    assert _saved(path)[: len(events)] == events


def test_a_session_that_cannot_be_opened_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").mkdir()
    with pytest.raises(TranscriptError):
        Session.open(tmp_path / "one.jsonl")


# Forking


@FEWER
@given(conversations())
def test_a_fork_has_the_same_past_and_leaves_the_other_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event]
) -> None:
    sessions = Sessions(tmp_path_factory.mktemp("data"))
    path = sessions.path("one")
    path.parent.mkdir()
    foreign = b'{"type": "FUTURE",  "x": 1.50}\n'
    path.write_bytes(foreign + b"broken\n" + b"".join(encode(event) + b"\n" for event in events))
    before = path.read_bytes()
    session = Session.open(path)
    fork = session.fork(sessions)
    assert fork.conversation == session.conversation
    last = session.conversation.runs[-1].id if session.conversation.runs else None
    moment = f"event:{len(_saved(path))}"
    assert fork.parent == Lineage(branch="fork", session="one", run=last, moment=moment)
    assert fork.path is not None
    assert fork.path != path
    assert fork.path.read_bytes() == before.replace(b"broken\n", b"")
    assert path.read_bytes() == before
    session.close()
    fork.close()


def test_a_branch_begins_where_a_turn_does_and_a_retry_in_the_same_session(sessions: Sessions) -> None:
    writer = TranscriptWriter(sessions.path("one"))
    for run_id in ("r1", "r2"):
        writer.write([ev.RunStarted(timestamp=1, thread_id="t", run_id=run_id)])
        writer.write([ev.RunFinished(timestamp=9, thread_id="t", run_id=run_id)])
    writer.close()
    session = Session.open(sessions.path("one"))
    branch = session.fork(sessions, before="r2")
    lineage = Lineage(branch="branch", session="one", run="r2", moment="turn:2")
    assert (branch.take_lineage(None), branch.take_lineage(None)) == (lineage, None)
    assert session.take_lineage(None) is None
    assert session.take_lineage("r1") == Lineage(branch="retry", session="one", run="r1", moment="turn:1")
    branch.close()
    session.close()


def test_a_session_that_another_writes_can_be_forked_in_the_middle_of_its_run(sessions: Sessions) -> None:
    writer = TranscriptWriter(sessions.path("one"))
    writer.write([ev.RunStarted(timestamp=1, thread_id="t", run_id="r"), *STEPS])
    session = Session.open(sessions.path("one"))
    fork = session.fork(sessions)
    assert not fork.read_only
    assert fork.conversation.runs[0].status is RunStatus.INTERRUPTED
    assert fork.problems == []
    writer.write([ev.RunFinished(timestamp=9, thread_id="t", run_id="r")])
    writer.close()
    fork.close()
    assert isinstance(_saved(sessions.path("one"))[-1], ev.RunFinished)


def test_a_fork_may_end_before_a_run(sessions: Sessions) -> None:
    runs = [ev.RunStarted(timestamp=n, thread_id="t", run_id=f"r{n}") for n in range(3)]
    events = [event for run in runs for event in (run, ev.RunError(timestamp=9, message="x"))]
    writer = TranscriptWriter(sessions.path("one"))
    writer.write(events)
    writer.close()
    session = Session.open(sessions.path("one"))
    for count, run in enumerate(runs):
        fork = session.fork(sessions, before=run.run_id)
        assert _saved(fork.path) == events[: 2 * count]
        fork.close()
    session.close()


async def test_a_session_that_is_not_kept_cannot_be_forked(sessions: Sessions) -> None:
    with pytest.raises(TranscriptError, match="not saved"):
        Session.new(None).fork(sessions)


# Following


async def _take(events: AsyncIterator[Event], count: int) -> list[Event]:
    async with asyncio.timeout(PATIENCE):
        return [await anext(events) for _ in range(count)]


async def test_follow_sees_what_another_writes_once_each(sessions: Sessions, nothing_blocks: object) -> None:
    path = sessions.path("one")
    writer = await asyncio.to_thread(TranscriptWriter, path)
    start = ev.RunStarted(timestamp=1, thread_id="t", run_id="r")
    writer.write([start, STEPS[0]])
    session = await asyncio.to_thread(Session.open, path)
    writer.write([STEPS[1]])  # between the opening and the following
    async with closed_early(session.follow()) as following:
        assert await _take(following, 1) == [STEPS[1]]
        writer.write_lines([encode(STEPS[2])])
        assert await _take(following, 1) == [STEPS[2]]
        half = encode(STEPS[3])
        os.write(writer._file, half[:9])
        os.write(writer._file, half[9:] + b"\nbroken\n" + encode(STEPS[4]) + b"\n")
        assert await _take(following, 2) == [STEPS[3], STEPS[4]]
    writer.close()
    session.close()


async def test_follow_goes_on_after_a_half_written_line(sessions: Sessions) -> None:
    path = sessions.path("one")
    writer = TranscriptWriter(path)
    line = encode(STEPS[0]) + b"\n"
    os.write(writer._file, line[:9])
    session = Session.open(path)
    os.write(writer._file, line[9:])
    async with closed_early(session.follow()) as following:
        assert await _take(following, 1) == [STEPS[0]]
    writer.close()


def test_ids_sort_by_time_and_are_all_different() -> None:
    first = new_session_id(datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC))
    second = new_session_id(datetime(2026, 11, 23, 1, 2, 4, tzinfo=UTC))
    assert first.startswith("20261123-010203-")
    assert first < second
    assert len({new_session_id() for _ in range(50)}) == 50
