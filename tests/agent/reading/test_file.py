"""Files that are closed while a thread reads them: the read keeps its file, and the file is closed behind it."""

import os
from pathlib import Path
from threading import Thread

import pytest

from agent.reading.file import SourceFile


def test_a_read_that_is_going_on_keeps_its_file_and_closes_it_behind_itself(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writing = os.open(fifo, os.O_RDWR)
    file = SourceFile(fifo)
    seen: list[bytes] = []
    thread = Thread(target=lambda: seen.append(file.read(10)))
    thread.start()
    while not file._reading.locked():
        pass
    number = file.fileno()
    file.close()
    assert not file.closed
    (tmp_path / "other").write_bytes(b"of the other")
    with SourceFile(tmp_path / "other") as other:
        assert other.fileno() != number
        os.write(writing, b"of the fifo")
        thread.join()
        assert seen == [b"of the fif"]
        assert file.closed
        assert other.read() == b"of the other"
    os.close(writing)


def test_otherwise_it_is_as_any_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"some bytes")
    file = SourceFile(path)
    assert (file.read(4), file.read(100), file.read(100)) == (b"some", b" bytes", b"")
    file.seek(0)
    assert file.read() == b"some bytes"
    file.close()
    file.close()
    assert file.closed
    with pytest.raises(ValueError, match="closed"):
        file.read(1)
    with pytest.raises(FileNotFoundError):
        SourceFile(tmp_path / "none")
