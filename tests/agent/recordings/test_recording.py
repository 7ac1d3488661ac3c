"""Recordings: whatever a source holds, as much as can be shown is there, with its moments and what is wrong with it."""

import asyncio
import json
import os
import threading
from array import array
from contextlib import suppress
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.items import CallStatus
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.errors import EventDecodeError
from agent.events import framing, wire
from agent.events import types as ev
from agent.reading import lines as reading_lines
from agent.reading import reader as reading
from agent.reading.marks import SpanKind
from agent.reading.pacing import PACE_MS, WORDS_A_MINUTE, Paced, PlayedTimes, signs_said
from agent.recordings.player import LoopClock, Player
from agent.recordings.recording import Recording
from agent.threads import in_thread
from tests.agent.playing import texts_at
from tests.agent.strategies import conversations

STEP = b'{"type":"STEP_STARTED","stepName":"s","timestamp":%d}'


def _recorded(data: bytes) -> Recording:
    recording = Recording(BytesIO(data))
    recording.read()
    return recording


# What is in it


@given(conversations())
def test_what_was_written_is_read_with_its_bytes_and_its_moments(events: list[ev.Event]) -> None:
    recording = Recording.of(events)
    assert [*recording.events] == events
    assert [wire.decode(recording.raw(number)) for number in range(len(recording))] == events
    first = events[0].timestamp or 0
    assert recording.timeline.tolist() == [(event.timestamp or 0) - first for event in events]
    assert (recording.problems, recording.finished, recording.is_dated) == ([], True, True)


@given(conversations(), st.data())
def test_what_is_fed_bit_by_bit_is_what_is_read_at_once(events: list[ev.Event], data: st.DataObject) -> None:
    fed, read = Recording.fed(), Recording.of(events)
    told: list[int] = []
    fed.listeners.append(lambda: told.append(len(fed)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=4)))
    for start, end in pairwise([0, *cuts, len(events)]):
        fed.feed(events[start:end])
        assert len(fed) == end
        assert fed.state(end) == read.state(end)
    assert not fed.finished
    fed.end()
    fed.feed(events)
    assert (fed.finished, [*fed.events]) == (True, events)
    assert fed.runs == read.runs == read.state(len(read)).runs
    assert (fed.timeline, fed.marks, told[-1:]) == (read.timeline, read.marks, [len(events)])


async def test_loading_bit_by_bit_gives_what_reading_at_once_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"\n".join(STEP % (1_000 + n) if n % 3 else b'{"type":"X"}' for n in range(500)) + b"\n")
    at_once = Recording(path)
    at_once.read()
    monkeypatch.setattr(reading, "_FIRST_READ", 7)
    monkeypatch.setattr(reading, "_READ", 1_000)
    loaded = Recording(path)
    counts: list[int] = []
    loaded.listeners.append(lambda: counts.append(len(loaded)))
    await loaded.load()
    assert [*loaded.events] == [*at_once.events]
    assert loaded.timeline == at_once.timeline
    assert loaded.marks.spans == at_once.marks.spans
    assert [loaded.raw(n) for n in range(500)] == [at_once.raw(n) for n in range(500)]
    assert loaded.bytes_read == path.stat().st_size
    assert len(set(counts)) > 5, "it shows before it is whole"


LINES = st.sampled_from(
    [
        STEP % 1,
        b" " + STEP % 2 + b"\r",
        b'{"type":"X","timestamp":5}',
        b'{"kind":"STEP_STARTED"}',
        STEP[:20],
        b"",
        b"{}",
        b"\xff",
    ]
)
"""Lines as a file has them; what goes over several, or stands on one with another, is `test_lines`'s."""


@given(st.lists(LINES | st.just(STEP % 1), max_size=20), st.booleans(), st.integers(1, 400))
def test_lines_are_read_as_one_by_one_however_they_are_cut(lines: list[bytes], has_end: bool, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_FIRST_READ", size)
        patch.setattr(reading, "_READ", size)
        recording = _recorded(b"\n".join(lines) + b"\n" * has_end)
    sound, broken = [], []
    for number, line in enumerate((line.strip() for line in lines), start=1):
        try:
            sound.append((line, wire.decode(line)))
        except EventDecodeError:
            broken += [number] * bool(line)
    assert [(recording.raw(n).strip(), event) for n, event in enumerate(recording.events)] == sound
    if sound:
        assert [int(problem.split("line ")[1].split()[0]) for problem in recording.problems] == broken


def test_the_lines_of_a_servers_event_stream_are_read() -> None:
    sent = b": hello\r\nevent: message\r\nid: 1\r\ndata: %s\r\n\r\ndata:%s\r\n\r\n" % (STEP % 1, STEP % 2)
    recording = _recorded(sent)
    assert [event.timestamp for event in recording.events] == [1, 2]
    assert (recording.raw(0), recording.problems) == (STEP % 1, [])


# Moments

MOMENTS = st.lists(st.none() | st.integers(0, 10**9 - 1) | st.integers(10**11, 2**45), max_size=12)


@given(MOMENTS)
def test_the_timeline_never_falls_and_every_event_has_a_moment(moments: list[int | None]) -> None:
    recording = Recording.of([ev.StepStarted(timestamp=moment, step_name="s") for moment in moments])
    assert len(recording.timeline) == len(moments)
    assert all(after >= before for before, after in pairwise(recording.timeline))
    assert recording.is_dated is any(moment is not None for moment in moments)
    assert [event.timestamp for event in recording.events] == moments
    assert all(moment in (None, recording.events.moment(n)) for n, moment in enumerate(moments))
    assert all(b"timestamp" not in recording.raw(n) for n, moment in enumerate(moments) if moment is None)


def test_missing_moments_are_spread_between_the_known_ones() -> None:
    recording = Recording.of(texts_at(None, 100, None, None, None, 500, 400, None))
    assert [recording.events.moment(n) for n in range(8)] == [80, 100, 200, 300, 400, 500, 400, 420]
    assert [event.timestamp for event in recording.events] == [None, 100, None, None, None, 500, 400, None]
    assert recording.timeline.tolist() == [0, 20, 120, 220, 320, 420, 420, 440]
    undated = Recording.of(texts_at(None, None, None))
    assert undated.timeline.tolist() == [0, PACE_MS, 2 * PACE_MS]


def test_a_stream_without_moments_is_not_held_back_for_ever() -> None:
    recording = Recording(BytesIO(b'{"type":"X"}\n' * 10_000))
    counts: list[int] = []
    recording.listeners.append(lambda: counts.append(len(recording)))
    recording.read()
    assert counts[0] > 0
    assert not recording.is_dated
    assert recording.timeline[-1] == 9_999 * PACE_MS


TIMELINES = st.lists(st.floats(0, 1e5) | st.just(0.0), min_size=1, max_size=10).map(
    lambda gaps: array("d", [sum(gaps[: n + 1]) - gaps[0] for n in range(len(gaps))])
)


@given(TIMELINES, st.none() | st.floats(0.1, 1e5), st.lists(st.floats(0, 2e6), min_size=2, max_size=6))
def test_an_idle_limit_is_continuous_and_never_falls_and_has_a_way_back(
    recorded: "array[float]", limit: float | None, times: list[float]
) -> None:
    pauses = PlayedTimes(recorded, limit)
    gaps = [after - before for before, after in pairwise(pauses.times)]
    assert len(pauses.times) == len(recorded)
    assert limit is None or all(gap <= limit * (1 + 1e-9) + 1e-6 for gap in gaps)
    times = sorted(min(time, pauses.times[-1]) for time in times)
    for before, after in pairwise(times):
        assert pauses.to_recorded(before) <= pauses.to_recorded(after) + 1e-6
    for time in times:
        there = pauses.to_recorded(time)
        assert pauses.from_recorded(there) == pytest.approx(time, abs=1e-3)
        longest = max((after - before for before, after in pairwise(recorded)), default=0.0)
        stretch = longest / limit if limit else 1.0
        near = pauses.to_recorded(time + 1e-6)
        assert near - there <= 1e-6 * max(stretch, 1.0) * 2 + 1e-3, "no jump"


def test_an_idle_limit_grows_with_its_timeline() -> None:
    recorded = array("d", [0, 10])
    pauses = PlayedTimes(recorded, 100)
    assert pauses.times.tolist() == [0, 10]
    recorded.extend([5_000, 5_020])
    assert pauses.times.tolist() == [0, 10, 110, 130]


# Paced


_signs = st.lists(st.integers(0, 5_000), min_size=10, max_size=10).map(lambda counts: array("I", counts))


@given(TIMELINES, _signs, st.none() | st.floats(0.1, 1e5), st.floats(10, 1e5), st.booleans())
def test_paced_gives_what_is_said_its_time_and_keeps_or_cuts_the_pauses(
    recorded: "array[float]", said: "array[int]", limit: float | None, words: float, cuts: bool
) -> None:
    played = PlayedTimes(recorded, limit, said, Paced(words=words, is_asked=True, cuts_pauses=cuts)).times
    pauses = PlayedTimes(recorded, limit).times
    for number, ((before, after), (left, right)) in enumerate(zip(pairwise(played), pairwise(pauses), strict=True)):
        reading = said[number] / 6 / words * 60_000
        assert after - before == pytest.approx(reading if cuts else max(reading, right - left), rel=1e-6, abs=1e-3)


@given(TIMELINES, _signs, st.floats(10, 1e5), st.lists(st.integers(0, 10), max_size=3))
def test_a_paced_timeline_is_the_same_however_it_grew(
    recorded: "array[float]", said: "array[int]", words: float, cuts: list[int]
) -> None:
    growing, counts = array("d"), array("I")
    paced = Paced(words=words, is_asked=True)
    times = PlayedTimes(growing, None, counts, paced)
    for cut in sorted(min(cut, len(recorded)) for cut in [*cuts, 10]):
        growing.extend(recorded[len(growing) : cut])
        counts.extend(said[len(counts) : len(growing)])
        assert len(times.times) == len(growing)
    assert times.times.tolist() == pytest.approx(PlayedTimes(recorded, None, said, paced).times.tolist())


def test_what_has_no_times_is_played_at_the_words_a_minute_asked_for() -> None:
    text = ev.TextMessageContent(message_id="m", delta="word, " * 10)
    undated = Recording.of([text, text, text])
    assert undated.played().times.tolist() == [0, 200, 400]
    assert undated.played(None, Paced(words=WORDS_A_MINUTE / 2)).times.tolist() == [0, 400, 800]
    assert undated.played(None, Paced(words=WORDS_A_MINUTE / 2, cuts_pauses=True)).times.tolist() == [0, 400, 800]


def test_what_has_times_is_played_by_them_unless_it_is_asked_otherwise() -> None:
    text = [ev.TextMessageContent(timestamp=at, message_id="m", delta="word, " * 10) for at in (0, 10, 5_000)]
    dated = Recording.of(text)
    assert dated.played(None, Paced(words=600)).times.tolist() == [0, 10, 5_000]
    assert dated.played(None, Paced(words=600, is_asked=True)).times.tolist() == pytest.approx([0, 1_000, 5_990])
    assert dated.played(100, Paced(words=600, is_asked=True)).times.tolist() == pytest.approx([0, 1_000, 2_000])


def test_long_results_are_skimmed_and_texts_are_read_whole() -> None:
    result = ev.ToolCallResult(message_id="r", tool_call_id="c", content="x" * 90_000)
    text = ev.TextMessageContent(message_id="m", delta="x" * 90_000)
    assert signs_said([result, text, ev.TextMessageEnd(message_id="m")]).tolist() == [600, 90_000, 0]


# Landmarks


@given(conversations())
def test_marks_stand_where_turns_steps_and_calls_begin(events: list[ev.Event]) -> None:
    marks = Recording.of(events).marks
    for kind, numbers in (
        (ev.RunStarted, marks.turns),
        (ev.StepStarted, marks.steps),
        (ev.ToolCallStart, marks.calls),
    ):
        assert numbers.tolist() == [number for number, event in enumerate(events) if isinstance(event, kind)]


@given(conversations())
def test_spans_cover_all_events_without_gaps(events: list[ev.Event]) -> None:
    spans = Recording.of(events).marks.spans
    assert (spans[0].start, spans[-1].end) == (0, len(events) - 1)
    for before, after in pairwise(spans):
        assert before.end == after.start
        assert before.kind is not after.kind


def test_spans_tell_what_goes_on() -> None:
    recording = Recording.of(
        [
            ev.RunStarted(thread_id="t", run_id="r"),
            ev.ReasoningStart(message_id="m"),
            ev.ReasoningEnd(message_id="m"),
            ev.ToolCallStart(tool_call_id="c", tool_call_name="add"),
            ev.ToolCallEnd(tool_call_id="c"),
            ev.ToolCallResult(message_id="m", tool_call_id="c", content="1"),
            ev.TextMessageChunk(message_id="n", delta="x"),
            ev.RunFinished(thread_id="t", run_id="r"),
            ev.RunStarted(thread_id="t", run_id="r2"),
        ]
    )
    assert [(span.start, span.end, span.kind) for span in recording.marks.spans] == [
        (0, 1, SpanKind.IDLE),
        (1, 2, SpanKind.REASONING),
        (2, 3, SpanKind.IDLE),
        (3, 5, SpanKind.TOOL),
        (5, 6, SpanKind.IDLE),
        (6, 7, SpanKind.ANSWER),
        (7, 8, SpanKind.IDLE),
    ]


# What is wrong with it


def test_broken_lines_are_told_by_number_and_the_rest_is_shown() -> None:
    recording = _recorded(b"\n".join([STEP % 1, b"", b"{nonsense", STEP % 2, b'{"kind":"STEP_STARTED"}', STEP % 3]))
    assert len(recording) == 3
    assert [problem.partition(": ")[2].partition(" is broken")[0] for problem in recording.problems] == [
        "line 3",
        "line 5",
    ]
    many = _recorded(STEP % 1 + b"\nx" * 10_000)
    assert len(many.problems) < 30
    assert "more" in many.problems[-1]


def test_an_unfinished_last_line_is_told_and_a_whole_one_kept() -> None:
    assert len(_recorded(STEP % 1 + b"\n" + (STEP % 2)[:-5])) == 1
    (problem,) = _recorded(STEP % 1 + b"\n" + (STEP % 2)[:-5]).problems
    assert problem.endswith("line 2 is broken and was skipped: it is cut off where the stream ends")
    assert len(_recorded(STEP % 1 + b"\n" + STEP % 2)) == 2


@pytest.mark.parametrize("data", [b"", b"\n\n", b"root:x:0:0\nother\n", b"\x7fELF\x00\x00" * 99, b"[]", b'{"a":1}\n'])
async def test_a_file_without_events_says_so_in_one_line(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(data)
    recording = Recording(path)
    await recording.load()
    assert len(recording) == 0
    (problem,) = recording.problems
    assert problem.startswith("other.bin: ")
    assert "no event" in problem


async def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        recording = Recording(path)
        await recording.load()
        assert recording.finished
        (problem,) = recording.problems
        assert path.name in problem
        once_more = Recording(path)
        once_more.read()
        assert once_more.problems == recording.problems


def test_a_future_version_is_told_once_and_shown() -> None:
    start = {"type": "RUN_STARTED", "threadId": "t", "runId": "r", "metadata": {"format": 99}}
    recording = _recorded(b"\n".join([json.dumps(start).encode()] * 3))
    assert len(recording) == 3
    (problem,) = recording.problems
    assert "newer" in problem
    assert "99" in problem


def test_a_line_without_end_is_skipped_and_what_follows_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_FIRST_READ", 50)
    monkeypatch.setattr(reading, "_READ", 50)
    monkeypatch.setattr(reading_lines, "_WAITED", 100)
    monkeypatch.setattr(framing, "LONGEST_LINE", 300)
    recording = _recorded(STEP % 1 + b"\n" + b"x" * 2_000 + b"\n" + STEP % 2 + b"\nbroken\n")
    assert [event.timestamp for event in recording.events] == [1, 2]
    longer, broken = recording.problems
    assert "line 2 is broken and was skipped: longer than" in longer
    assert "line 4" in broken
    assert len(_recorded(STEP % 1 + b"\n" + b"x" * 2_000)) == 1


def test_of_a_source_too_large_the_first_part_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(STEP % n + b"\n" for n in range(1_000))
    monkeypatch.setattr(reading, "_FIRST_READ", 1_000)
    monkeypatch.setattr(reading, "_READ", 1_000)
    with monkeypatch.context() as patch:
        patch.setattr(reading, "MAX_EVENTS", 100)
        recording = _recorded(data)
        assert len(recording) == len(recording.timeline) == 100
        assert "first 100 events" in recording.problems[-1]
    with monkeypatch.context() as patch:
        patch.setattr(reading, "MAX_BYTES", 2_000)
        recording = _recorded(data)
        assert 20 < len(recording) < 60
        assert f"first {len(recording)} events" in recording.problems[-1]
        assert recording.finished


# While it grows


async def test_a_pipe_plays_as_it_is_written_and_ends_with_it() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as out:
        recording = Recording(source)
        player = Player(recording, LoopClock(), speed=1_000)
        player.play()
        loading = asyncio.create_task(recording.load())
        seen: list[float | None] = []
        out.write(STEP % 1_000 + b"\n")
        async for event in player.events():
            seen.append(event.timestamp)
            assert player.time == player.time_of(len(seen) - 1)
            if len(seen) < 5:
                out.write(STEP % (1_000 + 60_000 * len(seen)) + b"\n")
            else:
                out.close()
        await loading
    assert seen == [1_000 + 60_000 * n for n in range(5)]
    assert player.at_end
    assert not player.playing


async def test_a_load_that_is_cancelled_while_it_opens_its_file_leaves_nothing_open(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    recording = Recording(fifo)
    others = set(threading.enumerate())  # one may wait for a writer for ever, as another test wants it
    loading = asyncio.create_task(recording.load())
    await asyncio.sleep(0)  # the thread waits for a writer
    loading.cancel()
    with suppress(asyncio.CancelledError):
        await loading
    writing = await in_thread(os.open, fifo, os.O_WRONLY)
    try:
        for thread in set(threading.enumerate()) - others:
            if thread.name == "_open":
                await in_thread(thread.join)
        with pytest.raises(BrokenPipeError):
            os.write(writing, b"nobody reads")
    finally:
        os.close(writing)


async def test_a_file_is_followed_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    path.write_bytes(STEP % 1 + b"\n" + b'{"type":')
    recording = Recording(path, follow=True)
    player = Player(recording, LoopClock(), speed=1_000)
    player.play()
    caught_up = asyncio.Event()
    loading = asyncio.create_task(recording.load(caught_up.set))
    await caught_up.wait()
    assert (len(recording), recording.finished) == (1, False)
    seen: list[ev.Event] = []
    async for event in player.events():
        seen.append(event)
        if len(seen) == 1:
            with path.open("ab") as file:
                file.write(b'"CUSTOM","name":"x"}\n' + STEP % 2 + b"\n")
        if len(seen) == 3:
            assert not player.at_end, "more may come"
            player.pause()
    assert [type(event) for event in seen] == [ev.StepStarted, ev.Custom, ev.StepStarted]
    loading.cancel()
    with suppress(asyncio.CancelledError):
        await loading
    assert recording.finished
    assert player.at_end


# The one that comes with the program


def test_the_sample_is_clean_and_shows_what_there_is_to_see() -> None:
    """The sample was recorded by the program itself, on the offline model at its own rate: `tickertape ask` and, with
    `--resume`, three more of them, two seconds apart:

    What is (3 + 4) * 2^5? / now double it / What is 10 / (5 - 5)? / Then what are 1.5 + 2.25, 3 * 7 and 2^10?
    """
    path = files("agent") / "recordings" / "sample.jsonl"
    assert_valid_agui(path.read_bytes().decode().splitlines(), max_warnings=0)
    recording = _recorded(path.read_bytes())
    assert recording.problems == []
    runs = Conversation(recording.events).runs
    assert len(runs) == 4
    assert all(run.status is RunStatus.ANSWERED and run.model == "offline" for run in runs)
    assert [call.name for call in runs[0].steps[0].calls] == ["add", "exponentiate"]
    assert "448" in (runs[1].answer or "")
    assert [call.status for call in runs[2].calls if call.name == "divide"] == [CallStatus.FAILED]
    assert 10_000 < recording.timeline[-1] < 120_000
    assert str(Path.home()) not in path.read_text()


def test_a_recording_of_two_threads_says_so_once() -> None:
    def run(thread: str, name: str) -> list[ev.Event]:
        return [ev.RunStarted(thread_id=thread, run_id=name), ev.RunFinished(thread_id=thread, run_id=name)]

    assert Recording.of([*run("a", "1"), *run("a", "2")]).problems == []
    (problem,) = Recording.of([*run("a", "1"), *run("b", "2"), *run("a", "3"), *run("c", "4")]).problems
    assert "more than one thread is in it" in problem
