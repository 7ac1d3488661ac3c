"""What the tests of the engine share."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from blockbuster import BlockBuster, blockbuster_ctx


@contextmanager
def watched(package: str) -> Iterator[BlockBuster]:
    """Whatever blocks the event loop under a frame of `package` raises.

    The one exception is the design's: the transcript's appends must reach the system before the paint.
    """
    with blockbuster_ctx(package) as watch:
        for function in ("os.mkdir", "os.path.samestat", "os.stat", "os.write"):
            if function in watch.functions:
                watch.functions[function].can_block_in("agent/transcripts/writer.py", ("__init__", "write_lines"))
                watch.functions[function].can_block_in("agent/transcripts/lock.py", "lock_transcript")
        yield watch


@pytest.fixture
def nothing_blocks() -> Iterator[BlockBuster]:
    """Whatever blocks the event loop under a frame of `agent` fails the test."""
    with watched("agent") as watch:
        yield watch
