"""The program, started again and again by one process that has imported it: most of a start is imports.

Usage: warm. For each line on standard input, a job as JSON, it forks: the child has the job's arguments, environment,
folder and files for its standard streams, and runs as `python -m tui` does. Its exit code is printed.
"""

import importlib
import json
import os
import runpy
import sys
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
)


def _be_the_program(job: dict[str, Any]) -> None:
    for number, name in enumerate(job["streams"]):
        file = os.open(name, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(job["env"])
    os.chdir(job["cwd"])
    sys.path.insert(0, job["cwd"])
    sys.argv[1:] = job["arguments"]
    runpy.run_module("tui", run_name="__main__")


def _main() -> None:
    for name in _HEAVY:
        importlib.import_module(name)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _be_the_program(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)  # noqa: T201 - it is how it tells


if __name__ == "__main__":
    _main()
