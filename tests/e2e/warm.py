"""The program, started again and again by one process that has imported it: most of a start is imports.

Usage: warm. Each line on standard input is JSON and is answered with one line. `{"start": {...}}` forks: the child has
the job's arguments, environment, folder, and either files for its standard streams or a terminal that controls it, and
runs as `python -m tui` does; its process id is said. `{"ended": PID}` says a child's exit code, or null while it runs.
"""

import fcntl
import importlib
import json
import os
import runpy
import sys
import termios
from typing import Any

_HEAVY = (
    *(
        "agent.sources.engine",
        "agent.sources.executor.loop",
        "agent.library.library",
        "agent.sources.models.arithmetic",
        "agent.sources.models.openai.model",
    ),
    *("agent.sources.tools.load", "tui.cli.ask", "tui.cli.headless.ask", "tui.cli.headless.printers"),
    *("tui.app.running", "tui.screens.chat.screen", "tui.screens.replay.screen"),
)


def _start(job: dict[str, Any]) -> int:
    """Fork; the child holds its terminal already, so that whoever reads from it finds no end."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        _take_streams(job)
        os.close(writing)
        _be_the_program(job)
        os._exit(0)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return process


def _take_streams(job: dict[str, Any]) -> None:
    if terminal := job.get("terminal"):
        os.setsid()
        file = os.open(terminal, os.O_RDWR)
        fcntl.ioctl(file, termios.TIOCSCTTY, 0)
        streams = [file] * 3
    else:
        streams = [os.open(name, os.O_WRONLY if number else os.O_RDONLY) for number, name in enumerate(job["streams"])]
    for number, file in enumerate(streams):
        os.dup2(file, number)
    for file in set(streams):
        os.close(file)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=stream.isatty())  # type: ignore[union-attr]


def _be_the_program(job: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(job["env"])
    os.chdir(job["cwd"])
    sys.path.insert(0, job["cwd"])
    sys.argv[1:] = job["arguments"]
    runpy.run_module("tui", run_name="__main__")


def _main() -> None:
    os.environ.setdefault("TEXTUAL_FPS", "120")  # as the program does before Textual reads it
    for name in _HEAVY:
        importlib.import_module(name)
    for line in sys.stdin:
        match json.loads(line):
            case {"start": job}:
                answer: int | None = _start(job)
            case {"ended": process}:
                ended, status = os.waitpid(process, os.WNOHANG)
                answer = os.waitstatus_to_exitcode(status) if ended else None
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
