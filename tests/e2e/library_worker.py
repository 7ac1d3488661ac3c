"""Two processes that change one library until they are killed, and say in a log what they are about to do.

Usage: library_worker DATA LOGS. For each line on standard input it forks both, prints their process ids, and at the
next line waits for their end. What a line of a log names was begun; `done` after it says that it was finished, `missed`
that the session was not there.
"""

import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from agent.errors import SessionNotFound
from agent.events.wire import encode
from agent.library.library import Library
from agent.transcripts.writer import TranscriptWriter
from tests.agent.saving import turn

__all__ = ["SESSIONS", "WRITTEN", "turn_of"]

SESSIONS = [f"20261123-00000{number}" for number in range(4)]
WRITTEN = "20261123-written"
"""The session that the second process goes on with."""
_PATIENCE = 120
"""Seconds after which a process that nobody killed ends by itself."""


def turn_of(number: int) -> bytes:
    """The lines of a turn that is written, in which `wordN` stands."""
    return b"".join(encode(event) + b"\n" for event in turn(number, f"word{number}", answer="x" * 2_000))


def _name_delete_restore(library: Library, choose: random.Random, say: Callable[[str], None]) -> None:
    """The first process: titles, the trash, the index."""
    number = choose.randrange(1 << 30)
    while True:
        number += 1
        session = choose.choice(SESSIONS)
        kind = choose.choice(["title", "title", "delete", "restore", "refresh"])
        say(f"{kind} {session} name{number}")
        try:
            match kind:
                case "title":
                    library.rename(session, f"name{number}")
                case "delete":
                    library.delete(session)
                case "restore":
                    library.restore(session)
                case _:
                    library.refresh(gentle=False)
        except SessionNotFound:
            say("missed")
        else:
            say("done")


def _pin_and_write(library: Library, choose: random.Random, say: Callable[[str], None]) -> None:
    """The second process: pins of the same sessions, a session that grows, the index."""
    sessions = library.data_dir / "sessions"
    lines = (sessions / f"{WRITTEN}.jsonl").read_bytes().splitlines(keepends=True)
    number = sum(b"RUN_STARTED" in line for line in lines if line.endswith(b"\n"))
    while True:
        session = choose.choice(SESSIONS)
        kind = choose.choice(["pinned", "turn", "turn", "update"])
        if kind == "turn":
            number += 1
            say(f"turn {number}")
            writer = TranscriptWriter(sessions / f"{WRITTEN}.jsonl", create=False)
            for line in turn_of(number).splitlines():
                writer.write_lines([line])
            writer.close()
        elif kind == "update":
            say("update")
            library.update(WRITTEN)
        else:
            pinned = choose.random() < 0.5
            say(f"pinned {session} {pinned}")
            try:
                library.pin(session, pinned)
            except SessionNotFound:
                say("missed")
                continue
        say("done")


def _forked(
    work: Callable[[Library, random.Random, Callable[[str], None]], None], data: Path, log: Path, seed: int
) -> int:
    process = os.fork()
    if process:
        return process
    signal.alarm(_PATIENCE)
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def say(line: str) -> None:
        os.write(file, f"{line}\n".encode())

    try:
        work(Library(data), random.Random(seed), say)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)  # what the parent has in its buffers is not for this process to write


def _main(data: Path, logs: Path) -> None:
    for line in sys.stdin:
        seed = int(line)
        processes = [
            _forked(_name_delete_restore, data, logs / "first", seed),
            _forked(_pin_and_write, data, logs / "second", seed + 1),
        ]
        print(*processes, flush=True)  # noqa: T201 - it is how it tells
        sys.stdin.readline()
        codes = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]
        print(*codes, flush=True)  # noqa: T201


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
