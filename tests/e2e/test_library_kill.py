"""Two processes change one library and are killed at any moment: nothing is lost, nothing doubled, all is found."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agent.library.library import Library
from tests.agent.saving import append, turn
from tests.e2e.library_worker import SESSIONS, WRITTEN, turn_of
from tests.places import ROOT

ROUNDS = 50
"""Each kills two processes: a hundred kills."""
MOST = 24
"""Lines that they say together until they are killed, at most."""


class Killed:
    """The folder, and what is known of it between the kills."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.said = {
            (kind, session): "" if kind == "title" else "False" for kind in ("title", "pinned") for session in SESSIONS
        }
        """What was last finished of each session's fields."""
        self.finished: set[int] = set()
        """Numbers of the turns that were wholly written."""
        for number, session in enumerate(SESSIONS):
            append(self.data / "sessions" / f"{session}.jsonl", turn(1, f"own{number} shared"))
        (self.data / "sessions" / f"{WRITTEN}.jsonl").touch()
        self.originals = {path.stem: path.read_bytes() for path in (self.data / "sessions").iterdir()}

    def said_by(self, name: str) -> int:
        """How many lines a process has written since the last kill."""
        log = self.logs / name
        return log.read_bytes().count(b"\n") if log.exists() else 0

    def possible(self) -> dict[tuple[str, str], set[str]]:
        """What each field may be now: what was finished last, or what was begun then."""
        possible: dict[tuple[str, str], set[str]] = {}
        for name in ("first", "second"):
            if not (self.logs / name).exists():
                continue
            lines = (self.logs / name).read_text().splitlines()
            for line, after in zip(lines, [*lines, ""][1:], strict=True):
                kind, *rest = line.split()
                if kind in ("title", "pinned") and after != "missed":
                    key = (kind, rest[0])
                    before = possible.get(key, {self.said[key]})
                    possible[key] = {rest[1]} if after == "done" else {*before, rest[1]}
                elif kind == "turn" and after == "done":
                    self.finished.add(int(rest[0]))
            (self.logs / name).unlink()
        return possible

    def check(self) -> None:
        """Everything that must hold after a kill."""
        possible = self.possible()
        places = [path for folder in ("sessions", "trash") for path in (self.data / folder).glob("*.jsonl")]
        assert sorted(path.stem for path in places) == sorted(self.originals)
        for path in places:
            assert path.read_bytes().startswith(self.originals[path.stem])
        self.check_written()
        for session in SESSIONS:
            path = self.data / "metadata" / f"{session}.json"
            fields = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
            now = {"title": fields.get("title", ""), "pinned": str(fields.get("pinned", False))}
            for kind, value in now.items():
                key = (kind, session)
                assert value in possible.get(key, {self.said[key]}), key
                self.said[key] = value
        self.check_index({path.stem for path in places if path.parent.name == "sessions"})

    def check_written(self) -> None:
        """Turns stand one after the other; what was finished is whole, of what was not there are whole lines."""
        lines = (self.data / "sessions" / f"{WRITTEN}.jsonl").read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        starts = [place for place, line in enumerate(lines) if b"RUN_STARTED" in line]
        assert starts[:1] in ([], [0])
        for number, (start, end) in enumerate(zip(starts, [*starts, len(lines)][1:], strict=True), start=1):
            there = b"".join(lines[start:end])
            assert turn_of(number).startswith(there)
            assert number not in self.finished or there == turn_of(number)
        assert len(starts) >= max(self.finished, default=0)

    def check_index(self, saved: set[str]) -> None:
        library = Library(self.data)
        library.refresh(gentle=False)
        assert library.notice is None
        has_turns = (self.data / "sessions" / f"{WRITTEN}.jsonl").stat().st_size > 0
        assert {info.id for info in library.sessions()} == {name for name in saved if name != WRITTEN or has_turns}
        for number, session in enumerate(SESSIONS):
            found = {session} & saved
            assert {found.session.id for found in library.search(f"own{number}")} == found
            if title := self.said["title", session]:
                assert {found.session.id for found in library.search(title)} == found
        for number in sorted(self.finished)[-3:]:
            assert [found.session.id for found in library.search(f'"word{number}"')] == [WRITTEN]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[tuple[Killed, "subprocess.Popen[str]"]]:
    killed = Killed(tmp_path)
    command = [sys.executable, "-m", "tests.e2e.library_worker", str(killed.data), str(killed.logs)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield killed, process
        assert process.stdin is not None
        process.stdin.close()


def test_killed_at_any_point_a_library_loses_and_doubles_nothing(
    worker: tuple[Killed, "subprocess.Popen[str]"],
) -> None:
    killed, process = worker
    assert process.stdin is not None
    assert process.stdout is not None
    choose = random.Random(0)
    for seed in range(0, 2 * ROUNDS, 2):
        process.stdin.write(f"{seed}\n")
        process.stdin.flush()
        pids = [int(pid) for pid in process.stdout.readline().split()]
        lines = choose.randint(2, MOST)
        while killed.said_by("first") + killed.said_by("second") < lines or not killed.said_by("second"):
            time.sleep(0.001)
        time.sleep(choose.uniform(0, 0.002))  # not always right after a line
        for pid in choose.sample(pids, 2):
            os.kill(pid, signal.SIGKILL)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline().split() == [str(-signal.SIGKILL)] * 2, "it ended by itself"
        killed.check()
    assert len(killed.finished) > ROUNDS / 10, "too little was done for the kills to say anything"
