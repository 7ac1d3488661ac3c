"""Files in a question: read and bounded, told, and completed."""

import base64
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.runs.attachments import attach, complete, named_files


def test_a_text_file_and_an_image_become_parts_with_their_names(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("one\ntwo")
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    attached = attach("Compare @notes.md, (@cat.png) and @none.txt or me@example.org", tmp_path)
    text, image = attached.parts
    assert (text["type"], text["source"]["mimeType"], text["metadata"]) == (
        "document",
        "text/plain",
        {"filename": "notes.md"},
    )
    assert base64.b64decode(text["source"]["value"]) == b"one\ntwo"
    assert (image["type"], image["source"]["mimeType"]) == ("image", "image/png")
    assert attached.told == ["notes.md attached (7 bytes)", "cat.png attached (4 bytes)"]


def test_a_long_text_is_cut_and_says_so_and_a_large_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_bytes(b"x" * 200_001)
    (tmp_path / "large.png").write_bytes(b"x" * 5_000_001)
    attached = attach("@long.txt @large.png", tmp_path)
    (text,) = attached.parts
    assert base64.b64decode(text["source"]["value"]).endswith(b"bytes are attached.]")
    assert "the first 200,000 bytes" in attached.told[0]
    assert "larger than" in attached.told[1]


def test_what_is_no_text_or_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    attached = attach("@program @folder @pipe", tmp_path)
    assert attached.parts == []
    assert len(attached.told) == 3
    assert all("was not attached" in told for told in attached.told)


def test_a_name_with_spaces_stands_in_quotes(tmp_path: Path) -> None:
    (tmp_path / "my notes.md").write_text("x")
    assert named_files('see @"my notes.md"', tmp_path) == [tmp_path / "my notes.md"]


@given(st.text(max_size=40))
def test_any_question_is_looked_through(question: str) -> None:
    assert attach(f"@{question}\0", Path("/nonexistent")).parts == []


def test_a_name_is_completed_as_far_as_it_is_certain(tmp_path: Path) -> None:
    for name in ("notes-a.md", "notes-b.md", "other.txt", ".hidden"):
        (tmp_path / name).write_text("")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.py").write_text("")
    assert complete("see @no", tmp_path) == ("tes-", ["notes-a.md", "notes-b.md"])
    assert complete("see @ot", tmp_path) == ("her.txt ", ["other.txt"])
    assert complete("@de", tmp_path) == ("ep/", ["deep/"])
    assert complete("@deep/", tmp_path) == ("one.py ", ["one.py"])
    assert complete("@x", tmp_path) == ("", [])
    assert complete("no name", tmp_path) == ("", [])
    assert ".hidden" not in complete("@", tmp_path)[1]
