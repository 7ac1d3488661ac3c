"""The process that reads a file of events for another one (`agent.reading.ahead`): a file in, pickled batches out.

Standard input is the file; the arguments are what it is read for, who knows foreign streams, and the file's name where
it is one of several that are read as one. On standard output
stand pairs, one behind the other: a batch of the reader and None; and at last None and what goes on from there, the
reader itself, or the error of the system that it met.
"""

import gc
import os
import pickle
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import cast

from agent.reading.file import open_source
from agent.reading.foreign import Formats, formats_named
from agent.reading.reader import Batch, Purpose, Reader

__all__ = ["main"]

_Pair = tuple[Batch | None, Reader | OSError | None]


def main(purpose: Purpose, formats: str, joined: str = "") -> None:
    """Read all there is, as fast as can be, whether or not anybody takes it yet. `formats` names who knows foreign
    streams, `joined` a file with others beside it; else it is standard input.

    Whatever goes wrong here ends the process at once, and the other end sees that.
    """
    gc.disable()  # nothing is thrown away before the end
    pairs: SimpleQueue[_Pair] = SimpleQueue()
    writer = Thread(target=_write, args=[pairs])
    writer.start()
    try:
        known = formats_named(formats)
        for pair in _pairs(Reader(purpose, known), Path(joined) if joined else None, known):
            pairs.put(pair)
    except BaseException:  # too little memory, say
        os._exit(1)
    writer.join()


def _pairs(reader: Reader, path: Path | None, formats: Formats | None) -> Iterator[_Pair]:
    try:
        with FileIO(sys.stdin.fileno(), closefd=False) if path is None else open_source(path, formats) as file:
            at_end = False
            while not at_end:
                batch = reader.read(file, is_growing=True)
                yield batch, None
                at_end = batch.at_end
        yield None, reader
    except OSError as error:
        yield None, error


def _write(pairs: "SimpleQueue[_Pair]") -> None:
    end = None
    try:
        while end is None:
            pair = _, end = pairs.get()
            pickle.dump(pair, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
            sys.stdout.buffer.flush()
    except BaseException:  # nobody wants it any more, or it nests too deep
        os._exit(1)


if __name__ == "__main__":
    main(cast("Purpose", sys.argv[1]), *sys.argv[2:])
