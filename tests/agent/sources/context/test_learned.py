"""What servers told of their windows is there in the next session, and harms none."""

import stat
from pathlib import Path

import pytest

from agent.sources.context.learned import WindowFile

URL = "https://user:hunter2@models.example/v1"


def test_what_was_learned_is_known_to_the_same_model_at_the_same_server_alone(tmp_path: Path) -> None:
    WindowFile(tmp_path / "data", "openai:m", URL).keep(8_000, 2.5)
    WindowFile(tmp_path / "data", "openai:other", URL).keep(32_000, 3.5)
    known = WindowFile(tmp_path / "data", "openai:m", URL).read()
    assert known is not None
    assert (known.tokens, known.bytes_per_token) == (8_000, 2.5)
    assert WindowFile(tmp_path / "data", "openai:m", None).read() is None
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"hunter2" not in file.read_bytes()
    assert b"example" not in file.read_bytes()


def test_what_was_learned_is_forgotten_after_a_week(tmp_path: Path) -> None:
    now = 1e9
    kept = WindowFile(tmp_path, "openai:m", URL, clock=lambda: now)
    kept.keep(8_000, 3.0)
    now += 6 * 86_400
    assert kept.read() is not None
    now += 2 * 86_400
    assert kept.read() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": {"tokens": -1}}', '{"x": 1}'])
def test_a_broken_file_is_one_without_windows_and_is_written_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "windows.json").write_text(text)
    kept = WindowFile(tmp_path, "openai:m", None)
    assert kept.read() is None
    kept.keep(4_096, 3.0)
    assert kept.read() is not None


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = WindowFile(tmp_path / "file", "openai:m", None)
    kept.keep(4_096, 3.0)
    assert kept.read() is None


def test_the_file_holds_a_bounded_number_of_windows(tmp_path: Path) -> None:
    for number in range(210):
        WindowFile(tmp_path, f"openai:{number}", None, clock=lambda number=number: 1e9 + number).keep(1_000, 3.0)  # type: ignore[misc]
    known = [WindowFile(tmp_path, f"openai:{number}", None, clock=lambda: 1e9 + 210).read() for number in range(210)]
    assert [one is not None for one in known] == [False] * 10 + [True] * 200
