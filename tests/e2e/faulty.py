"""The program with a fault: `python -m tests.e2e.faulty WHERE [ARGUMENTS]`. No user can make it fail at will.

WHERE names what fails when it is next done, `tui.module:Class.method`; all else is the program as it is. The fault
quotes what `FAULT_QUOTES` of the environment holds, as errors of libraries quote addresses and headers.
"""

import importlib
import os
import sys
from typing import Any

__all__ = ["Fault", "break_at"]


class Fault(Exception):
    """Something that nobody foresaw."""


def break_at(where: str) -> None:
    """Have a method fail."""
    module, _, name = where.partition(":")
    owner_name, _, method = name.rpartition(".")
    owner: Any = importlib.import_module(module)
    for part in filter(None, owner_name.split(".")):
        owner = getattr(owner, part)

    def fail(*_: object, **__: object) -> None:
        around = dict(os.environ)  # what lies beside a fault is nobody's to print
        raise Fault(f"in {method} {around.get('FAULT_QUOTES', '')}".strip())

    setattr(owner, method, fail)


if __name__ == "__main__":
    from tui.cli.main import main  # not before this is the program

    break_at(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
