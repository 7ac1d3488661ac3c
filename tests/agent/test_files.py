"""A file that is written is whole, or not there."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.files import write_file


def test_a_written_file_is_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    write_file(path, [b"one ", b"two"])
    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_is_only_overwritten_when_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"session\.md"):
        write_file(path, [b"new"])
    assert path.read_text() == "mine"
    write_file(path, [b"new"], overwrite=True)
    assert path.read_text() == "new"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "session.md"

    def pieces() -> Iterator[bytes]:
        path.write_text("mine")
        yield b"new"

    with pytest.raises(FileExistsError):
        write_file(path, pieces())
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    path.write_text("mine")

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_file(path, pieces(), overwrite=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]
