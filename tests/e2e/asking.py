"""`tickertape ask` as a process of its own: what it prints, how it ends, what it leaves on the disk."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from ag_ui_validate.pytest_plugin import assert_valid_agui

from tests.e2e.forks import fork
from tests.e2e.terminal import program

__all__ = [
    "Outcome",
    "ask",
    "assert_clean",
    "at_once",
    "data_dir",
    "finished",
    "kinds",
    "run",
    "start",
    "transcripts",
]

T = TypeVar("T")
_DEADLINE = 120.0
"""Seconds that a process may take on a busy machine."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a process ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """What was printed, decoded."""
        return self.out.decode()

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was printed, where that is events."""
        return [json.loads(line) for line in self.out.splitlines()]


def data_dir() -> Path:
    """The data folder of the test that is running."""
    return Path(os.environ["TICKERTAPE_DATA_DIR"])


def start(
    *arguments: str,
    data: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    redirection: str = "",
) -> "subprocess.Popen[bytes]":
    """Start the program without a terminal, the offline model at full speed; `redirection` is in the shell's words."""
    return subprocess.Popen(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *program(*arguments)],
        env=_environment(data, env),
        cwd=cwd,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,  # a line read here is no more than that: `communicate` gets all the rest
    )


def _environment(data: Path | None, env: Mapping[str, str] | None) -> dict[str, str]:
    settings = {"TICKERTAPE_OFFLINE_RATE": "0", "PYTHONUTF8": "1", "TICKERTAPE_DATA_DIR": str(data or data_dir())}
    return {**os.environ, **settings, **(env or {})}


def finished(process: "subprocess.Popen[bytes]", piped: bytes | None = None, before: bytes = b"") -> Outcome:
    """Wait for a process; `before` is what was read of it already."""
    with process:
        try:
            out, err = process.communicate(piped, timeout=_DEADLINE)
        except BaseException:
            process.kill()
            raise
    return Outcome(code=process.returncode, out=before + out, err=err.decode())


def run(
    *arguments: str,
    data: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    piped: bytes | None = None,
) -> Outcome:
    """Run the program to its end, its imports done before; where its start matters, `start` it."""
    with TemporaryDirectory() as name:
        given, out, err = streams = [Path(name, stream) for stream in ("in", "out", "err")]
        for stream in streams:
            stream.write_bytes((piped or b"") if stream is given else b"")
        names = [os.devnull if piped is None else str(given), str(out), str(err)]
        process = fork(arguments=arguments, env=_environment(data, env), cwd=str(cwd or Path.cwd()), streams=names)
        return Outcome(code=process.wait(_DEADLINE), out=out.read_bytes(), err=err.read_text("utf-8"))


ask = partial(run, "ask")
"""Run `tickertape ask` to its end, its imports done before."""


def at_once(work: Iterable[Callable[[], T]]) -> list[T]:
    """What each gives, in order; a few run side by side, as most of a process is its start."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        return [future.result() for future in [pool.submit(one) for one in work]]


def transcripts(data: Path | None = None) -> list[Path]:
    """The sessions that were saved."""
    return sorted((data or data_dir()).glob("sessions/*.jsonl"))


def kinds(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """The type of each event; ours by their names."""
    return [event.get("name") or event["type"] for event in events]


def assert_clean(outcome: Outcome, data: Path | None = None) -> None:
    """What was printed is a stream that AG-UI's validator has nothing to say about, and is the saved transcript."""
    assert_valid_agui(outcome.text, max_warnings=0)
    assert outcome.out == b"".join(path.read_bytes() for path in transcripts(data))
