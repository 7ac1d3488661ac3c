"""What was begun is on the disk at once, private and whole, and nobody takes it from one who is still writing."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.library.drafts import Drafts

_WRITER = """
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from agent.library.drafts import Drafts
Drafts(Path(sys.argv[1])).save(sys.argv[2], sys.argv[3])
print("saved", flush=True)
sys.stdin.read()
"""


def writer(folder: Path, session_id: str, text: str) -> "subprocess.Popen[str]":
    """Another instance that has saved a draft and goes on."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(folder), session_id, text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "saved\n"
    return process


@given(st.text())
def test_what_was_begun_comes_back_letter_for_letter(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("data")
    drafts = Drafts(folder)
    drafts.save("s", text)
    drafts.close()
    assert Drafts(folder).take("s") == text.encode("utf-8", "replace").decode()


def test_a_draft_is_for_the_users_eyes_only(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.save("s", "secret")
    assert (tmp_path / "drafts").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "drafts").iterdir())


def test_what_is_empty_leaves_nothing_behind(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.save("s", "x")
    drafts.save("s", "")
    drafts.close()
    assert not list((tmp_path / "drafts").iterdir())


def test_the_draft_of_one_who_is_writing_is_left_to_him_and_one_that_was_killed_leaves_his(tmp_path: Path) -> None:
    with writer(tmp_path, "s", "of another") as process:
        drafts = Drafts(tmp_path)
        assert drafts.take("s") == ""
        drafts.save("s", "mine")
        process.kill()
        process.wait()
        assert drafts.take("s") == "mine", "the later one first"
        drafts.save("s", "")
        assert drafts.take("s") == "of another"
        assert drafts.take("other") == ""


def test_what_lies_below_comes_back_when_what_lay_over_it_is_gone(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.save("s", "below", below=True)
    drafts.save("s", "over it")
    drafts.close()
    later = Drafts(tmp_path)
    assert later.take("s") == "over it"
    later.save("s", "")
    assert later.take("s") == "below"


def test_a_session_that_is_gone_for_good_takes_its_drafts_along(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.save("s", "x")
    drafts.forget("s")
    assert drafts.take("s") == ""


@given(st.lists(st.text(min_size=1), max_size=5))
def test_what_waits_comes_back_as_it_was_to_who_opens_the_session_next(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        one = Drafts(Path(folder))
        one.save_waiting("s", texts)
        assert Drafts(Path(folder)).take_waiting("s") == [], "the first one lives"
        one.close()
        other = Drafts(Path(folder))
        assert other.take_waiting("s") == texts
        assert other.take("s") == "", "it is no draft"
        other.save_waiting("s", [])
        other.close()
        assert Drafts(Path(folder)).take_waiting("s") == []


def test_a_list_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.save_waiting("s", ["a"])
    for broken in (b"{", b"3", b'["a", 3]', b"\xff"):
        next((tmp_path / "drafts").glob("*.json")).write_bytes(broken)
        assert drafts.take_waiting("s") == (["a"] if b"a" in broken else [])
