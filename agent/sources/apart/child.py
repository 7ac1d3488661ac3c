"""The process of an agent as the program holds it: started, talked to from one loop at a time, and seen when it ends.

It owns the process and the socket, and knows no run. The process is a fresh interpreter and no fork of this one, whose
threads and locks would come along. It has a session of its own: the terminal's Ctrl+C is this program's to understand,
and nobody there waits for keys of `/dev/tty`.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

import msgspec

from agent.errors import EventDecodeError, UsageError
from agent.sources.apart.messages import Frames, Logged, Ready, Refused, Said, Setup, Told, saying, told

__all__ = ["Child", "Listener"]

log = logging.getLogger(__name__)

_MOST = 2**18
"""Bytes that are taken at once."""
_Outbox = SimpleQueue[bytes | None]


class Listener(Protocol):
    """Whoever listens to a process."""

    def take(self, message: Told) -> None:
        """Take what it says."""

    def gone(self, how: str) -> None:
        """It has ended, or is ended for what it says makes no sense; `how`, in a few words."""


class Child:
    """A process with an agent in it, which ends with this object."""

    def __init__(self, setup: Setup) -> None:
        """Start it, and wait until the agent is there. Blocks: to import an agent most often takes a second or two.

        Raises:
            UsageError: there is no such agent, or no process.
        """
        self._named = setup.named
        self._socket, theirs = socket.socketpair()
        lifeline, held = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - nothing in it comes from anywhere else
                [sys.executable, "-P", "-m", "agent.sources.apart.process", str(theirs.fileno()), str(lifeline)],
                stdin=subprocess.DEVNULL,
                # It finds our modules where this process does, and not in the folder that the user stands in.
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                pass_fds=(theirs.fileno(), lifeline),
                start_new_session=True,
            )
        except OSError as error:
            self._socket.close()
            os.close(held)
            raise UsageError(f"--agent {self._named}: no process can be started for it: {error}") from error
        finally:
            theirs.close()
            os.close(lifeline)
        outbox: _Outbox = SimpleQueue()
        self._outbox = outbox
        self._end = weakref.finalize(self, _end, self._process, self._socket, held, outbox)
        self._end.atexit = False  # it ends with the program by itself, and holds up no exit
        self._frames = Frames()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._introduce(setup)
        # Neither holds this object, or it would never go.
        _in_background(_wait, self._process, weakref.WeakMethod(self._ended))
        _in_background(_write, outbox, self._socket)

    def _introduce(self, setup: Setup) -> None:
        """Tell it what it is to be, and hear whether it is."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self._socket.sendall(saying(setup))
            while data := self._socket.recv(_MOST):
                for message in map(told, self._frames.take(data)):
                    match message:
                        case Ready():
                            return
                        case Refused():
                            self._process.wait()
                            raise UsageError(message.words)
                        case Logged():
                            _log(message)
        self._process.kill()  # unless it has ended: then this does nothing
        how = _how(self._process.wait())
        raise UsageError(f"--agent {self._named}: its process ended while the agent was imported ({how})")

    @property
    def is_alive(self) -> bool:
        """Whether it can be talked to."""
        return self._end.alive and self._process.returncode is None

    def say(self, message: Said) -> None:
        """Tell it something, from any thread; where it has ended, nobody hears. Never blocks."""
        if self.is_alive:
            self._outbox.put(saying(message))

    # Listening

    def listen(self, listener: Listener) -> None:
        """Have what it says taken by `listener`, on this loop, until `leave`."""
        self._loop, self._listener = asyncio.get_running_loop(), listener
        self.resume()
        if self._process.returncode is not None:
            self._loop.call_soon(self._fail)

    def leave(self) -> None:
        """Listen no more: it waits with what it says."""
        self.pause()
        self._loop = self._listener = None

    def pause(self) -> None:
        """Let it wait with what it says."""
        if self._loop is not None and self._end.alive:
            self._loop.remove_reader(self._socket)

    def resume(self) -> None:
        """Take what it says."""
        if self._loop is not None and self._end.alive:
            self._loop.add_reader(self._socket, self._read)

    def _read(self) -> bool:
        """Take what it has said; gives whether there was anything."""
        try:
            data = self._socket.recv(_MOST, socket.MSG_DONTWAIT)
            for message in map(told, self._frames.take(data)):
                if isinstance(message, Logged):
                    _log(message)
                elif self._listener is not None:
                    self._listener.take(message)
        except BlockingIOError:
            return False
        except (OSError, msgspec.MsgspecError, EventDecodeError) as error:
            log.warning("the process of %s makes no sense: %r", self._named, error)
            data = b""
        if not data:  # nothing more is heard of it, if it lives
            self.pause()
            self._process.kill()
        return bool(data)

    # Its end

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()

    def _ended(self) -> None:
        """It has ended; called in a thread."""
        if (loop := self._loop) is not None:
            with contextlib.suppress(RuntimeError):  # the program ends as well
                loop.call_soon_threadsafe(self._fail)

    def _fail(self) -> None:
        """Take what it has said last, and tell that nothing more comes."""
        if not self._end.alive:
            return
        # Until there is nothing, and not until its end: what it has forked holds the socket, too.
        while self._read():
            pass
        self.pause()
        self._end()
        if self._listener is not None:
            self._listener.gone(_how(self._process.returncode))


def _in_background(work: Callable[..., None], *of: object) -> None:
    threading.Thread(target=work, args=of, name=f"agent's process: {work.__name__}", daemon=True).start()


def _wait(process: "subprocess.Popen[bytes]", ended: "weakref.WeakMethod[Callable[[], None]]") -> None:
    process.wait()
    if (tell := ended()) is not None:
        tell()


def _write(outbox: _Outbox, to: socket.socket) -> None:
    """Say what is to be said; it may take as long as the process takes it."""
    with contextlib.suppress(OSError):  # it has ended
        while (data := outbox.get()) is not None:
            to.sendall(data)


def _end(process: "subprocess.Popen[bytes]", to: socket.socket, held: int, outbox: _Outbox) -> None:
    process.kill()
    to.close()
    os.close(held)
    outbox.put(None)


def _how(code: int | None) -> str:
    """How a process has ended."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):  # a signal without a name
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _log(record: Logged) -> None:
    logging.getLogger(record.name).log(record.level, "%s", record.text)
