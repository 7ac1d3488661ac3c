"""The process of an agent: what `agent.sources.apart.child` starts. Two descriptors come with it, which the arguments
number: the socket to the program, and the end of a pipe that is open as long as the program is.

It owns the process: what that has in common with the program, what becomes of its log, and that it ends with the
program, however that ends and whatever the agent does.
"""

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from io import TextIOWrapper

from agent.errors import UsageError
from agent.logs import take_logs
from agent.sources.apart.messages import Frames, Logged, Ready, Refused, Said, Setup, Told, said, telling
from agent.sources.apart.worker import Worker

__all__ = ["main"]

_MOST = 2**18
"""Bytes that are taken at once."""


def main(link: int, lifeline: int) -> None:
    """Do what the program says, as long as there is one."""
    _end_with(lifeline)
    program = _Program(link)
    setup, *others = program.hear()
    assert isinstance(setup, Setup)  # noqa: S101 - what comes first
    _be_like(setup)
    take_logs(_Log(program.tell), setup.log_level)
    worker, loop = Worker(program.tell, setup.secrets), asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    for message in others:
        loop.call_soon(worker.take, message)
    threading.Thread(target=_listen, args=[program, loop, worker.take], name="program", daemon=True).start()

    # All that is imported stays: to walk over it again and again would hold up the events.
    gc.disable()
    from agent.sources.judging import named_agent  # imports LangChain, and the agent: the program may be gone by then

    try:
        worker.source = named_agent(setup.named, lambda: worker.permissions)
    except UsageError as error:
        program.tell(Refused(str(error)))
        os._exit(1)
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 50, 1_000)
    program.tell(Ready())
    loop.run_forever()


def _be_like(setup: Setup) -> None:
    """Have in common with the program what an agent could look at."""
    sys.path[:], sys.argv[:] = setup.path, setup.arguments
    os.environ.pop("PYTHONPATH", None)
    if setup.python_path is not None:
        os.environ["PYTHONPATH"] = setup.python_path
    if isinstance(sys.stdout, TextIOWrapper):  # what is printed goes out at once, in order with what children print
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")


# The program


class _Program:
    """The other end of the socket."""

    def __init__(self, link: int) -> None:
        self._socket = socket.socket(fileno=link)
        self._socket.set_inheritable(False)
        self._frames = Frames()
        self._lock = threading.Lock()

    def tell(self, message: Told) -> None:
        """Say something, from any thread; waits until it is taken."""
        data = telling(message)
        with self._lock, contextlib.suppress(OSError):  # it has ended, and this process is about to
            self._socket.sendall(data)

    def hear(self) -> list[Said]:
        """What it says next, one message at least; ends this process where it never will."""
        while True:
            try:
                data = self._socket.recv(_MOST)
            except OSError:
                data = b""
            if not data:
                os._exit(0)
            if messages := self._frames.take(data):
                return [said(message) for message in messages]


def _listen(program: _Program, loop: asyncio.AbstractEventLoop, take: Callable[[Said], None]) -> None:
    while True:
        for message in program.hear():
            loop.call_soon_threadsafe(take, message)


def _end_with(lifeline: int) -> None:
    """Have the system end this process when the other end of the pipe is closed, on Linux: also where its code lets no
    thread go on that would see that the socket is."""
    os.set_inheritable(lifeline, False)
    with contextlib.suppress(OSError):
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


class _Log(logging.Handler):
    """Hands records to the program, whose log it is."""

    def __init__(self, tell: Callable[[Told], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one over, with its traceback."""
        try:
            self._tell(Logged(record.name, record.levelno, self.format(record)))
        except Exception:  # it cannot be put into words
            self.handleError(record)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
