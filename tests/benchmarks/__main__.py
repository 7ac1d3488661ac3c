"""`python -m tests.benchmarks`: measures the whole program from outside and prints one table.

Not part of the tests: figures depend on the machine, so each is shown beside a floor measured in the same run, and the
ratio is what to read.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import delegating, imports, library, racing, replaying, saved, serving, startup, streaming, volume
from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Row, table
from tests.benchmarks.server import LoadServer

__all__ = ["BENCHMARKS", "main"]

BENCHMARKS: dict[str, Callable[[Bench], list[Row]]] = {
    "first_frame": startup.first_frame,
    "early_keys": startup.early_keys,
    "enter": startup.enter,
    "pace": streaming.pace,
    "keys": streaming.keys,
    "long_answer": volume.long_answer,
    "at_once": volume.at_once,
    "sustained": volume.sustained,
    "minute": volume.minute,
    "idle": startup.idle,
    "leaving": startup.leaving,
    "opening": saved.opening,
    "fold": saved.fold,
    "many": saved.many,
    "scrubbing": replaying.scrubbing,
    "timing": replaying.timing,
    "race": racing.race,
    "instant": replaying.instant,
    "replay_pace": replaying.pace,
    "library": library.library,
    "foreign": imports.foreign,
    "imported": imports.imported,
    "discovered": imports.discovered,
    "piped": imports.piped,
    "serving": serving.serving,
    "delegating": delegating.delegating,
}


def main() -> int:
    """Run what was asked for; gives 1 where a budget does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure Tickertape from outside.")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    args = parser.parse_args()
    if not Path("/proc/self/stat").exists():
        parser.error("processes are measured by /proc, which only Linux has")
    began, load_before = time.monotonic(), os.getloadavg()[0]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, LoadServer() as server:
        bench = Bench(server, Path(folder), quick=args.quick)
        for name in args.only or BENCHMARKS:
            start = time.monotonic()
            sys.stderr.write(f"{name} ... ")
            sys.stderr.flush()
            rows += BENCHMARKS[name](bench)
            sys.stderr.write(f"{time.monotonic() - start:.0f} s\n")
    sys.stdout.write(
        f"Python {platform.python_version()}, Textual {version('textual')}, langchain-openai "
        f"{version('langchain-openai')}, {os.cpu_count()} cores, load {load_before:.1f} before, "
        f"{time.monotonic() - began:.0f} s.\n\n{table(rows)}\n"
    )
    return int(any(row.held is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
