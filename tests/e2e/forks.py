"""Runs of the program that begin as forks of a process which has imported it: a tenth of what a start costs.

Where the start itself is looked at, a test starts a process of its own.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.places import ROOT

__all__ = ["Fork", "fork", "warm_program"]


class Fork:
    """A run of the program; of `subprocess.Popen` it has what tests ask for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = _WARM.answer({"ended": self.pid})
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait so many seconds for its end; gives its exit code.

        Raises:
            TimeoutError: it goes on.
        """
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} goes on after {timeout:g} s")
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class _Warm:
    """The process that forks; it begins when it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def answer(self, request: dict[str, Any]) -> Any:
        """What it says to a request."""
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.e2e.warm"],
                    env={**os.environ, "PYTHONUTF8": "1"},
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(f"{json.dumps(request)}\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.communicate()


_WARM = _Warm()


def fork(**job: Any) -> Fork:
    """Start the program; what a job holds is written in `tests.e2e.warm`."""
    return Fork(_WARM.answer({"start": job}))


@pytest.fixture(scope="session", autouse=True)
def warm_program() -> Iterator[None]:
    """The process that forks is ended with the tests."""
    yield
    _WARM.close()
