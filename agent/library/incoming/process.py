"""The process that copies files for another one (`agent.library.incoming.workers`): a path in, what became of it out.

The argument is the data folder. On standard input stand pickled paths, on standard output what each became,
in their order: what was copied, or why nothing was. It ends with its input.
"""

import gc
import os
import pickle
import sys
from pathlib import Path

from agent.errors import LibraryError, TranscriptError
from agent.library.incoming.copying import Copied, copy_file
from agent.transcripts.folders import Sessions

__all__ = ["main"]

_NICE = 10
"""How much it gives way to whatever is on the screen of this machine, on a scale of 20."""
_YOUNG = 100_000
"""Objects after which the youngest are looked through: a record is thrown away without that."""


def main(data_dir: Path) -> None:
    """Copy whatever is named, until nothing more is."""
    os.nice(_NICE)
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 100)
    sessions = Sessions(data_dir)
    while (path := _next()) is not None:
        pickle.dump(_copied(path, sessions), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


def _next() -> Path | None:
    try:
        # From our own parent alone, which says nothing but this.
        path = pickle.load(sys.stdin.buffer)  # noqa: S301
    except EOFError:
        return None
    return path if isinstance(path, Path) else None


def _copied(path: Path, sessions: Sessions) -> Copied | TranscriptError | LibraryError:
    try:
        return copy_file(path, sessions)
    except (TranscriptError, LibraryError) as error:
        return error


if __name__ == "__main__":
    main(Path(sys.argv[1]))
