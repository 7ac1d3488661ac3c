"""Recordings that another process reads: the same in every way as those that are read here, whatever becomes of it."""

import asyncio
import os
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from agent.events import types as ev
from agent.events import wire
from agent.reading import ahead
from agent.reading import reader as reading
from agent.reading.ahead import ReadAhead, read_ahead
from agent.reading.file import SourceFile
from agent.reading.foreign import Formats
from agent.reading.reader import Purpose
from agent.recordings.recording import Recording
from agent.threads import in_thread
from tests.agent.standing_in import stand_in
from tests.places import ROOT

STEP = b'{"type":"STEP_STARTED","stepName":"s","timestamp":%d}\n'
UNDATED = b'{"type":"STEP_STARTED","stepName":"s"}\n'
STEPS = b"".join(STEP % number for number in range(12_000))
"""More than is read in one go."""
RUNS = b"".join(
    wire.encode(event) + b"\n"
    for number in range(800)
    for event in (
        ev.RunStarted(timestamp=number * 100, thread_id="t", run_id=f"r{number}"),
        *(ev.TextMessageContent(timestamp=number * 100 + n, message_id="m", delta="x") for n in range(9)),
        ev.RunFinished(timestamp=number * 100 + 10, thread_id="t", run_id=f"r{number}"),
    )
)
OPEN_RUN = wire.encode(ev.RunStarted(timestamp=1, thread_id="t", run_id="open")) + b"\n"

SOURCES = {
    "runs": RUNS,
    "an open run": RUNS + OPEN_RUN + STEPS,
    "broken lines": (STEP % 1 + b"no event\n" + b'{"type":"NEW"}\n') * 6_000,
    "no moments": UNDATED * 15_000,
    "moments missing": (UNDATED * 4 + STEP % 7_000) * 2_500,
    "a moment at last": UNDATED * 9_000 + STEP % 500,
    "a line without end": STEPS + b'{"type":"STEP_STARTED"',
    "no event": b"x" * 600_000,
    "nothing": b"",
}


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_LARGE", 0)


def _assert_equal(one: Recording, other: Recording) -> None:
    assert [*one.events] == [*other.events]
    assert one.timeline == other.timeline
    assert one.marks == other.marks
    assert (one.problems, one.is_dated, one.bytes_read) == (other.problems, other.is_dated, other.bytes_read)
    for position in (0, 1, len(one) // 2, len(one)):
        assert one.state(position) == other.state(position)
    for number in {0, len(one) // 3, len(one) - 1} if len(one) else ():
        assert one.raw(number) == other.raw(number)


def _read(path: Path) -> Recording:
    recording = Recording(path)
    recording.read()
    return recording


@pytest.mark.parametrize("name", SOURCES)
async def test_what_another_process_reads_is_what_is_read_here(name: str, tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(SOURCES[name])
    loaded = Recording(path, ahead=read_ahead(path, "replay"))
    counts: list[int] = []
    loaded.listeners.append(lambda: counts.append(len(loaded)))
    await loaded.load()
    _assert_equal(loaded, _read(path))
    assert loaded.finished
    assert counts == sorted(counts)
    assert len(SOURCES[name]) < 2 * reading._READ or len(set(counts)) > 2, "it shows before it is whole"


async def test_a_load_begins_it_by_itself_for_a_large_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []

    class Noted(ReadAhead):
        def __init__(self, file: SourceFile, purpose: Purpose, formats: Formats | None = None) -> None:
            begun.append(file.name)
            super().__init__(file, purpose, formats)

    monkeypatch.setattr(ahead, "ReadAhead", Noted)
    monkeypatch.setattr(ahead, "_LARGE", 1_000)
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    small.write_bytes(STEPS[:999])
    large.write_bytes(STEPS[:1_000])
    for path in (small, large):
        recording = Recording(path)
        await recording.load()
        _assert_equal(recording, _read(path))
    assert begun == [large]
    assert read_ahead(tmp_path, "replay") is None
    assert read_ahead(tmp_path / "none", "replay") is None
    os.mkfifo(tmp_path / "fifo")
    assert read_ahead(tmp_path / "fifo", "replay") is None


async def test_a_file_that_grows_is_followed_from_where_the_other_process_ended(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    cut = STEP % 40_000
    path.write_bytes(RUNS + OPEN_RUN + STEPS + cut[:20])
    loaded = Recording(path, follow=True)
    caught_up = asyncio.Event()
    loading = asyncio.create_task(loaded.load(caught_up.set))
    await caught_up.wait()
    before = len(loaded)
    more = asyncio.Event()
    loaded.listeners.append(lambda: more.set() if len(loaded) == before + 4 else None)
    with path.open("ab") as file:
        file.write(
            cut[20:] + wire.encode(ev.RunError(timestamp=50_000, message="m")) + b"\n" + OPEN_RUN + STEP % 60_000
        )
    await asyncio.wait_for(more.wait(), 60)
    loading.cancel()
    with suppress(asyncio.CancelledError):
        await loading
    _assert_equal(loaded, _read(path))


# What may go wrong


_FAILING = """
import agent.reading.reader, runpy, sys
agent.reading.reader.Reader.read = lambda *_, **__: 1 / 0
sys.argv = ["reading_process", "replay"]
runpy.run_module("agent.reading.process", run_name="__main__")
"""


@pytest.mark.parametrize(
    "script",
    ["exit 3", "echo hello", "echo '}]'; sleep 100", "kill -9 $$", f"exec '{sys.executable}' -c '{_FAILING}'"],
    ids=["exit", "words", "pickle", "kill", "exception"],
)
async def test_where_the_other_process_says_nothing_it_is_read_here(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(RUNS)
    monkeypatch.setattr(sys, "executable", stand_in(tmp_path, f"dd of=/dev/null bs=1000 count=1 2>&-\n{script}"))
    loaded = Recording(path)
    await loaded.load()
    _assert_equal(loaded, _read(path))


async def test_where_no_process_can_be_had_it_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(RUNS)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    assert read_ahead(path, "replay") is None
    loaded = Recording(path)
    await loaded.load()
    _assert_equal(loaded, _read(path))


@pytest.mark.parametrize("name", ["runs", "moments missing"])
async def test_where_the_other_process_ends_too_soon_all_of_it_is_read_here(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(SOURCES[name])
    script = f'"{sys.executable}" "$@" | head -c 600000'
    monkeypatch.setattr(sys, "executable", stand_in(tmp_path, script))
    loaded = Recording(path)
    counts: list[int] = []
    loaded.listeners.append(lambda: counts.append(len(loaded)))
    await loaded.load()
    _assert_equal(loaded, _read(path))
    assert counts == sorted(counts)


async def test_where_the_file_is_another_one_by_then_what_was_read_is_shown_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(STEPS)
    script = f'"{sys.executable}" "$@" | head -c 600000\n: > "{path}"'
    monkeypatch.setattr(sys, "executable", stand_in(tmp_path, script))
    loaded = Recording(path)
    await loaded.load()
    assert 0 < len(loaded) < 12_000
    assert loaded.problems == ["s.jsonl: the process that read it has ended too soon"]
    assert loaded.finished


async def test_a_run_that_nests_too_deep_to_be_handed_over_is_read_here(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    usage = b'{"a":' * 600 + b"1" + b"}" * 600
    deep = (
        b'{"type":"STEP_STARTED","stepName":"s"}\n'
        b'{"type":"STEP_FINISHED","stepName":"s","metadata":{"usage":%s}}\n' % usage
    )
    path.write_bytes(RUNS + OPEN_RUN + deep + b'{"type":"RUN_ERROR","message":"m"}\n' + RUNS)
    loaded = Recording(path)
    await loaded.load()
    _assert_equal(loaded, _read(path))
    assert loaded.problems == []


async def test_a_load_that_is_cancelled_ends_the_other_process_and_closes_its_file(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(STEPS * 10)
    other = await in_thread(read_ahead, path, "replay")
    assert other is not None
    loaded = Recording(path, ahead=other)
    begun = asyncio.Event()
    loaded.listeners.append(begun.set)
    loading = asyncio.create_task(loaded.load())
    await begun.wait()
    loading.cancel()
    with suppress(asyncio.CancelledError):
        await loading
    assert 0 < len(loaded) < 120_000
    assert loaded.finished
    assert other.file.closed
    assert other._process.returncode is not None
    other.close()


def test_modules_come_from_where_this_process_has_them(tmp_path: Path) -> None:
    """A folder with a package of the same name is somewhere to stand in, nothing more."""
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
    (tmp_path / "s.jsonl").write_bytes(STEPS)
    code = """
        import sys
        from pathlib import Path
        from agent.reading import ahead
        ahead._LARGE = 0
        other = ahead.read_ahead(Path("s.jsonl"), "replay")
        count = 0
        while (batch := other.read()) is not None:
            count += batch.count
        other.close()
        print(count)
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-c", textwrap.dedent(code)]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("12000\n", "")
