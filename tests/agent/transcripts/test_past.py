"""What a session's file comes to, read here or by another process: the fold of its events, and where it goes on."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.errors import TranscriptError
from agent.events import types as ev
from agent.events import wire
from agent.reading import ahead as read_ahead
from agent.reading import reader as reading
from agent.reading.ahead import ReadAhead
from agent.reading.lines import read_lines
from agent.transcripts.past import read_past
from agent.transcripts.writer import interrupted_run
from tests.agent.standing_in import stand_in
from tests.agent.strategies import conversations


def _said(moments: Iterable[int | None]) -> list[ev.Event]:
    return [ev.TextMessageContent(timestamp=moment, message_id="m", delta="x") for moment in moments]


def _whole_run(number: int) -> list[ev.Event]:
    return [
        ev.RunStarted(timestamp=number * 100, thread_id="t", run_id=f"r{number}"),
        *_said(range(number * 100, number * 100 + 9)),
        ev.RunFinished(timestamp=number * 100 + 10, thread_id="t", run_id=f"r{number}"),
    ]


EVENTS = [event for number in range(900) for event in _whole_run(number)]
OPEN = [ev.RunStarted(timestamp=95_000, thread_id="t", run_id="open"), *_said(range(95_001, 97_000))]
UNDATED = [ev.RunStarted(thread_id="t", run_id="undated"), *_said([None, None])]


def _lines(events: list[ev.Event]) -> bytes:
    return b"".join(wire.encode(event) + b"\n" for event in events)


ENDS = st.sampled_from([b"", b'{"type":"STEP_ST', b'{"type":"STEP_STARTED","stepName":"s","timestamp":9}', b"broken\n"])


@given(st.lists(conversations(), max_size=3), ENDS, st.booleans(), st.booleans(), st.integers(1, 2_000))
def test_it_is_the_fold_of_all_events_as_they_are(
    tmp_path_factory: pytest.TempPathFactory,
    conversations: list[list[ev.Event]],
    end: bytes,
    is_growing: bool,
    is_cut: bool,
    size: int,
) -> None:
    events = [event for some in conversations for event in some]
    events = events[: -(len(events) // 4) or None] if is_cut else events
    path = tmp_path_factory.mktemp("past") / "s.jsonl"
    path.write_bytes(_lines(events) + end)
    told = [line.event for line in read_lines(path) if line.event is not None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_FIRST_READ", size)
        patch.setattr(reading, "_READ", size)
        past = read_past(path, is_growing=is_growing)
    folded = events if is_growing and not end.endswith(b"\n") else told
    assert past.conversation == Conversation(folded)
    assert (interrupted_run(past.last_events) is None) is (interrupted_run(folded) is None)
    assert past.last_events == folded[len(folded) - len(past.last_events) :]
    assert past.end == len(_lines(events)) + len(end) * end.endswith(b"\n")
    assert len(past.problems) == (end == b"broken\n")


def test_moments_that_are_not_told_are_not_made_up(tmp_path: Path) -> None:
    events: list[ev.Event] = [
        ev.RunStarted(timestamp=500, thread_id="t", run_id="r"),
        ev.TextMessageStart(message_id="m"),
        ev.TextMessageContent(message_id="m", delta="x"),
        ev.RunFinished(thread_id="t", run_id="r"),
        ev.RunStarted(thread_id="t", run_id="other"),
    ]
    path = tmp_path / "s.jsonl"
    path.write_bytes(_lines(events))
    past = read_past(path, is_growing=False)
    assert past.conversation == Conversation(events)
    assert [(run.started, run.ended) for run in past.conversation.runs] == [(500, 500), (500, None)]


@pytest.mark.parametrize("events", [EVENTS, EVENTS + OPEN, EVENTS + UNDATED], ids=["ended", "open", "undated"])
def test_another_process_reads_the_same(
    events: list[ev.Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(_lines(events))
    here = read_past(path, is_growing=False)
    monkeypatch.setattr(read_ahead, "_LARGE", 0)
    ahead = read_ahead.read_ahead(path, "session")
    assert ahead is not None
    assert read_past(path, is_growing=False, ahead=ahead) == here
    assert ahead.file.closed
    assert here.conversation == Conversation(events)
    go_on = [*_said(range(98_000, 98_010)), ev.RunError(timestamp=99_000, message="m")]
    there = read_past(path, is_growing=True).conversation
    there.apply_all(go_on)
    assert there == Conversation(events + go_on)


def _ended(path: Path) -> ReadAhead:
    """What another process has read of a file, which is small enough to be handed over before anybody takes it."""
    ahead = read_ahead.read_ahead(path, "session")
    assert ahead is not None
    ahead._process.wait()
    return ahead


def test_what_comes_behind_the_other_process_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_ahead, "_LARGE", 0)
    events = EVENTS[:220] + OPEN[:9]
    more = [
        ev.RunFinished(timestamp=96_000, thread_id="t", run_id="open"),
        *(event for number in (901, 902, 903) for event in _whole_run(number)),
        ev.RunStarted(timestamp=99_500, thread_id="t", run_id="last"),
    ]
    path = tmp_path / "s.jsonl"
    for is_growing in (False, True):
        path.write_bytes(_lines(events))
        ahead = _ended(path)
        with path.open("ab") as file:
            file.write(_lines(more))
        past = read_past(path, is_growing=is_growing, ahead=ahead)
        assert past.conversation == Conversation(events + more)
        assert past.last_events == more[-1:]
        assert past.end == path.stat().st_size


def test_a_torn_last_line_is_left_to_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes the lock cuts it, and the other process would join its beginning to what is written next."""
    monkeypatch.setattr(read_ahead, "_LARGE", 0)
    path = tmp_path / "s.jsonl"
    path.write_bytes(_lines(EVENTS) + b'{"type":"STEP_STARTED","stepName":"torn')
    assert read_ahead.read_ahead(path, "session") is None
    assert read_past(path, is_growing=False).conversation == Conversation(EVENTS)
    replayed = read_ahead.read_ahead(path, "replay")
    assert replayed is not None
    replayed.close()


@pytest.mark.parametrize("kept", [0, 200_000])
def test_where_the_other_process_ends_too_soon_all_of_it_is_read_here(
    kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(_lines(EVENTS))
    monkeypatch.setattr(read_ahead, "_LARGE", 0)
    monkeypatch.setattr(sys, "executable", stand_in(tmp_path, f'"{sys.executable}" "$@" | head -c {kept}'))
    assert read_past(path, is_growing=False).conversation == Conversation(EVENTS)


def test_words_of_the_other_process_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read from one place, so the other has to be gone before this one begins anew."""
    path = tmp_path / "s.jsonl"
    path.write_bytes(_lines(EVENTS))
    monkeypatch.setattr(read_ahead, "_LARGE", 0)
    monkeypatch.setattr(sys, "executable", stand_in(tmp_path, f"exec '{sys.executable}' -c '{_TALKING}'"))
    for _ in range(3):
        past = read_past(path, is_growing=False)
        assert past.conversation == Conversation(EVENTS)
        assert past.problems == []


_TALKING = """
from agent.reading.process import main
print("hello", flush=True)
main("session")
"""


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.jsonl"):
        with pytest.raises(TranscriptError, match=path.name):
            read_past(path, is_growing=False)
