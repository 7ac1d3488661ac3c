"""`tickertape serve` under load: many clients at once, against the bare executor in the same run.

None may lose an event, slow readers may hold up nobody, and memory stays where it was.
"""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Floor, Row
from tests.places import ROOT

__all__ = ["serving"]

_BODY = json.dumps({"messages": [{"id": "u", "role": "user", "content": "q"}]}).encode()
_HEAD = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n" % len(_BODY)
)


_FIELD = b"\ndata: "


@dataclass(frozen=True)
class _Received:
    """What a client got of an answer."""

    events: int
    last: bytes
    """Its last event."""

    @property
    def end(self) -> str:
        """How it ended, where that was not well: the error that it was told, or that nothing was told."""
        told = self.last.removeprefix(_FIELD).partition(b"\n")[0].decode(errors="replace")
        return "" if '"RUN_FINISHED"' in told else f"ended with {told[:300] or 'nothing'}"


def serving(bench: Bench) -> list[Row]:
    """The rows of serving."""
    clients, words = bench.pick(100, 10), bench.pick(10_000, 2_000)
    bare = float(subprocess.run(_command(words, 0), capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    with _served(words) as (port, pid):
        _, (one,) = asyncio.run(_wave(port, 1))
        before = _memory(pid, "VmRSS")
        took, received = asyncio.run(_wave(port, clients))
        most = _memory(pid, "VmHWM") - before
        slow_took, _ = asyncio.run(_wave(port, clients, slow=clients // 10))
        grown = _memory(pid, "VmRSS") - before
    assert one.events > words
    lost = clients * one.events - sum(each.events for each in received)
    as_often = Floor("the bare executor, as often", bare * clients)
    return [
        Row(
            what=f"{clients} clients at once, {words} events each",
            value=took,
            unit="s",
            floor=as_often,
            ratio_limit=3.0,
        ),
        Row(what=f"events of these that were lost{_ends(received)}", value=abs(lost), unit="", limit=0),
        Row(
            what=f"the same beside {clients // 10} clients that read nothing",
            value=slow_took,
            unit="s",
            floor=Floor("without them", took),
            ratio_limit=1.3,
        ),
        Row(what="memory while they are answered, at most", value=most / 2**20, unit="MB", limit=100),
        Row(what="memory grown by all of that", value=grown / 2**20, unit="MB", limit=100),
    ]


def _command(words: int, port: int) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.floors.served", str(words), str(port)]


@contextmanager
def _served(words: int) -> Iterator[tuple[int, int]]:
    """The port of a server that says so many words, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(_command(words, port), cwd=ROOT)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


async def _wave(port: int, clients: int, *, slow: int = 0) -> tuple[float, list[_Received]]:
    """So many clients at once, and `slow` ones that read nothing: seconds until the last has all, and what each got."""
    held = [await _ask(port) for _ in range(slow)]
    began = time.perf_counter()
    received = await asyncio.gather(*(_read(port) for _ in range(clients)))
    took = time.perf_counter() - began
    for _reader, writer in held:
        writer.close()
    return took, received


async def _ask(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_HEAD + _BODY)
    await reader.readuntil(b"RUN_STARTED")
    return reader, writer


async def _read(port: int) -> _Received:
    """What a client gets."""
    reader, writer = await _ask(port)
    count, rest, last = 1, b"", b""
    while piece := await reader.read(2**16):
        rest += piece
        count += rest.count(_FIELD)
        last = rest[rest.rfind(_FIELD) :] if _FIELD in rest else last + piece
        rest = rest[-len(_FIELD) + 1 :]
    writer.close()
    return _Received(count, last)


def _ends(received: list[_Received]) -> str:
    """How the answers of those ended that were not answered to the end, and how many; nothing where all were."""
    cut = Counter(each.end for each in received if each.end)
    return "".join(f"; {number} x {end}" for end, number in cut.items())


def _memory(pid: int, which: str) -> int:
    """Bytes that a process holds (`VmRSS`), or has held at most (`VmHWM`)."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(fields[which].split()[0]) * 1024
