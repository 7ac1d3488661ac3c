"""What other programs recorded: a large session opened at its end, many found and taken, a live pipe drawn as it comes.

The floor of all that reads is `json.loads` of the same lines in the same run: whoever reads them at all does that.
"""

import base64
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from tests.benchmarks.bench import ROOT, Bench, times
from tests.benchmarks.program import Program
from tests.benchmarks.report import Floor, Row

__all__ = ["discovered", "foreign", "imported", "piped", "write_claude_code"]

_MEGABYTES = 100
_FILES = 5_000
_RATE = 200
"""Deltas a second."""
_LOADING = 2.0
"""Seconds in which what draws is imported, once there is something to see; a live replay never rests."""
_END = "this is the very end"
_PIPED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.dup2(os.open(sys.argv[1], os.O_RDONLY), 0)
os.execv(sys.executable, [sys.executable, "-m", "tui", "replay", "-"])
"""
"""The program in its terminal, whose keys it has to find while standard input is a pipe."""
_WORDS = ("moss", "stone", "river", "cloud", "lantern", "harbour", "willow", "ember", "thistle", "meadow")


def foreign(bench: Bench) -> list[Row]:
    """A session of Claude Code's: from the command until its end is seen."""
    size = bench.pick(_MEGABYTES, _MEGABYTES // 4)
    path = bench.new_folder() / "session.jsonl"
    write_claude_code(path, size * 10**6)
    os.utime(path, (0, 0))  # nobody writes it any more
    megabytes = path.stat().st_size / 10**6
    seconds, peaks = [], []
    for _round in range(bench.pick(3, 1)):
        with bench.app("replay", str(path), "--from", "100%") as app:
            seconds.append(app.wait_for(_END) - app.started)
            app.settle()
            peaks.append(app.peak_memory)
    floor = Floor("json.loads of its lines", _loads(path))
    what = f"a session of {megabytes:.0f} MB"
    rows = [
        Row(
            what=f"{what}, until its end is seen",
            value=median(seconds),
            unit="s",
            floor=floor,
            limit=bench.pick(3, None),
        ),
        Row(what="its memory, the most", value=median(peaks), unit="MB", limit=200),
    ]
    return rows


def imported(bench: Bench) -> list[Row]:
    """A folder of sessions: until all of them are in the list, and until all that is in them can be searched."""
    folder, random = bench.new_folder(), Random(3)
    sizes = [int(min(5e6, max(2e4, random.lognormvariate(13, 1.2)))) for _ in range(bench.pick(150, 40))]
    for number, size in enumerate(sizes):
        write_claude_code(folder / f"{number:04}.jsonl", size, seed=number)
    paths = sorted(folder.iterdir())
    megabytes = sum(path.stat().st_size for path in paths) / 10**6
    began, spent = time.monotonic(), _spent()
    environment = bench.environment(TICKERTAPE_DATA_DIR=str(bench.new_folder()))
    command = [sys.executable, "-m", "tui", "sessions", "import", str(folder)]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # the first id: all are kept
        kept = time.monotonic() - began
        process.stdout.read()
    assert not process.returncode
    took, spent = time.monotonic() - began, _spent() - spent
    floor = Floor("json.loads", megabytes / sum(map(_loads, paths)))
    what = f"{len(paths)} sessions of {megabytes:.0f} MB"
    return [
        Row(what=f"{what} imported", value=megabytes / kept, unit="MB/s", floor=floor, limit=50, at_least=True),
        Row(what="and indexed, so that they can be searched", value=megabytes / took, unit="MB/s", floor=floor),
        Row(what="the same by processor time, all processes", value=megabytes / spent, unit="MB/s", floor=floor),
    ]


def _spent() -> float:
    """Seconds of processor time of all children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def discovered(bench: Bench) -> list[Row]:
    """What lies in the usual places, beside looking at each file once."""
    home = bench.new_folder()
    for number in range(_FILES):
        folder = home / ".claude" / "projects" / f"-home-ada-{number % 100}"
        folder.mkdir(parents=True, exist_ok=True)
        write_claude_code(folder / f"{number:08}.jsonl", 500)
    began = time.perf_counter()
    for path in home.rglob("*.jsonl"):
        path.stat()
    floor = Floor("each looked at once", time.perf_counter() - began)
    environment = bench.environment(HOME=str(home), TICKERTAPE_DATA_DIR=str(bench.new_folder()))
    command = [sys.executable, "-m", "tui", "sessions", "import", "--discover"]
    seconds = []
    for _round in range(bench.pick(3, 1)):
        began = time.monotonic()
        subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
        seconds.append(time.monotonic() - began)
    what = f"{_FILES:,} sessions discovered, the whole command"
    return [Row(what=what, value=median(seconds), unit="s", floor=floor, limit=2)]


def piped(bench: Bench) -> list[Row]:
    """A pipe of `stream-json` with partial messages: from the write to the screen."""
    length = bench.pick(10, 3)
    pipe = bench.new_folder() / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", _PIPED, str(pipe)]
    written: dict[int, float] = {}
    is_drawn = threading.Event()

    def write() -> None:
        with pipe.open("wb", buffering=0) as file:
            file.write(_line({"type": "system", "subtype": "init", "session_id": "s", "model": "claude-test-1"}))
            for event in _BEGINNING:
                file.write(_partial(event))
            is_drawn.wait()
            start = time.monotonic()
            for number in range(length * _RATE):
                time.sleep(max(start + number / _RATE - time.monotonic(), 0))
                piece = f" {_WORDS[number % len(_WORDS)]} piece{number:05}" if number % 10 == 0 else " and"
                delta = {"type": "text_delta", "text": piece}
                written[number] = time.monotonic()
                file.write(_partial({"type": "content_block_delta", "index": 0, "delta": delta}))

    writer = threading.Thread(target=write)
    environment = bench.environment(TICKERTAPE_DATA_DIR=str(bench.new_folder()))
    with Program(command, environment, cwd=ROOT) as app:
        writer.start()
        app.wait_for("claude-code")
        time.sleep(_LOADING)
        is_drawn.set()
        app.wait_for(f"piece{(length * _RATE - 1) // 10 * 10:05}", deadline=length + 30)
        writer.join()
        late = [app.wait_for(f"piece{number:05}") - written[number] for number in range(0, length * _RATE, 10)]
    return times(f"a delta of a live pipe at {_RATE}/s is seen late", late, (None, 100.0, None))


_BEGINNING: tuple[dict[str, Any], ...] = (
    {"type": "message_start", "message": {"id": "m", "role": "assistant", "model": "claude-test-1", "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
)


def _partial(event: dict[str, Any]) -> bytes:
    return _line({"type": "stream_event", "session_id": "s", "parent_tool_use_id": None, "event": event})


def write_claude_code(path: Path, size: int, *, seed: int = 7) -> None:
    """A session of about that many bytes, of the records and their sizes that such sessions have."""
    count = 0
    with path.open("wb") as file:
        for line in _records(Random(seed)):
            file.write(line)
            count += len(line)
            if count >= size:
                break
        file.write(_line(_record("assistant", "end", 9**9, [{"type": "text", "text": _END}])))


def _records(random: Random) -> Iterator[bytes]:
    """Results of tools are most of it, and each stands in its record twice; some are changed files, or images."""
    number = 0

    def words(count: int) -> str:
        return " ".join(random.choices(_WORDS, k=count))

    def listing(count: int) -> str:
        """A file as a tool gives it: its lines numbered, with a sign that is not ASCII."""
        return "\n".join(f"{line:6}→    {words(8)}" for line in range(1, count // 8 + 2))

    while True:
        number += 1
        yield _line(_record("user", f"q{number}", number * 1_000, words(20)))
        for step in range(8):
            at, key, length = number * 1_000 + step * 10, f"{number}-{step}", random.choice((40, 400, 2_000))
            thought = {"type": "thinking", "thinking": words(120), "signature": "c2lnbmF0dXJl" * 20}
            name, given = random.choice((("Bash", {"command": words(12)}), ("Read", {"file_path": f"/home/ada/{key}"})))
            called = {"type": "tool_use", "id": f"toolu_{key}", "name": name, "input": given}
            content: Any = words(length) if name == "Bash" else listing(length)
            more: dict[str, Any] = {"stdout": content} if name == "Bash" else {"file": {"content": content}}
            if random.random() < 0.1:
                more |= {"originalFile": listing(length), "structuredPatch": [{"lines": listing(40).split("\n")}]}
            elif random.random() < 0.02:
                data = base64.b64encode(random.randbytes(100_000)).decode()
                content = [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}]
                more = {"type": "image", "file": {"base64": data}}
            gave = {"type": "tool_result", "tool_use_id": f"toolu_{key}", "content": content}
            yield _line(_record("assistant", f"t{key}", at, [thought]))
            yield _line(_record("assistant", f"c{key}", at + 1, [called]))
            yield _line(_record("user", f"r{key}", at + 2, [gave], toolUseResult=more))
        yield _line(_record("assistant", f"a{number}", number * 1_000 + 900, [{"type": "text", "text": words(150)}]))


def _record(kind: str, key: str, seconds: int, content: Any, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"role": kind, "content": content}
    if kind == "assistant":
        usage = {
            "input_tokens": 4,
            "cache_creation_input_tokens": 10,
            "cache_read_input_tokens": 100,
            "output_tokens": 9,
        }
        message |= {"id": f"msg_{key[1:]}", "type": "message", "model": "claude-test-1", "usage": usage}
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_750_000_000 + seconds))
    about = {
        "isSidechain": False,
        "userType": "external",
        "cwd": "/home/ada",
        "sessionId": "c0ffee",
        "version": "2.1.0",
    }
    return {"parentUuid": None, **about, "type": kind, "message": message, "uuid": key, "timestamp": stamp, **more}


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _loads(path: Path) -> float:
    began = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return time.perf_counter() - began
