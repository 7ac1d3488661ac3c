"""What every export keeps: the golden files, the events as they were, and a file that is whole or not there."""

import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import events as ev
from agent.conversation import Conversation
from agent.exports import FORMATS, SUFFIXES, ExportFormat, export, write_export
from agent.transcript import read_transcript
from tests.agent.exports.showcase import SHOWCASE, as_lines
from tests.agent.strategies import JSON, conversations

GOLDEN = Path(__file__).parents[2] / "golden"
SESSION = "20261123-150405-3f9a2c"


@pytest.mark.parametrize("export_format", FORMATS)
def test_each_format_is_its_golden_file(export_format: ExportFormat) -> None:
    exported = b"".join(export(as_lines(SHOWCASE), export_format, session_id=SESSION))
    assert exported == (GOLDEN / f"export{SUFFIXES[export_format]}").read_bytes()


@pytest.mark.parametrize("export_format", FORMATS)
def test_an_empty_session_is_an_export_too(export_format: ExportFormat) -> None:
    exported = b"".join(export([], export_format, session_id=SESSION, title="Nothing yet"))
    assert (b"Nothing yet" in exported) is (export_format != "events")


@given(conversations())
def test_exported_events_give_an_equal_conversation(events: list[ev.Event]) -> None:
    exported = b"".join(export(as_lines(events), "events", session_id=SESSION))
    again = [line.event for line in read_transcript(BytesIO(exported))]
    assert Conversation(event for event in again if event is not None) == Conversation(events)


@given(st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=2), max_size=3))
def test_exported_events_are_the_bytes_of_every_whole_line(foreign: list[dict[str, object]]) -> None:
    events = [ev.Unknown(data={**data, "type": "FROM_THE_FUTURE"}) for data in foreign]
    lines = [b" " + ev.encode(event) + b"\t\n" for event in events]
    torn = b'{"type": "RUN_STA'
    read = read_transcript(BytesIO(b"no JSON\n" + b"[]\n".join(lines) + torn))
    assert b"".join(export(read, "events", session_id=SESSION)) == b"".join(lines)


def test_a_written_export_is_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    write_export(path, [b"one ", b"two"])
    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_is_only_overwritten_when_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"session\.md"):
        write_export(path, [b"new"])
    assert path.read_text() == "mine"
    write_export(path, [b"new"], overwrite=True)
    assert path.read_text() == "new"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "session.md"

    def pieces() -> Iterator[bytes]:
        path.write_text("mine")
        yield b"new"

    with pytest.raises(FileExistsError):
        write_export(path, pieces())
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    path.write_text("mine")

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_export(path, pieces(), overwrite=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]
