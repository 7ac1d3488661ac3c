"""Files in a question: completed behind an @, sent with it, and told."""

import json
from pathlib import Path

import pytest

from tests.tui.chatting import chat_in


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files, which the program was started in."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "sums.txt").write_text("1 + 1")
    (folder / "summary.txt").write_text("2 + 2")
    monkeypatch.chdir(folder)
    return folder


async def test_tab_completes_as_far_as_it_is_certain_and_tells_what_fits(here: Path, tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.pilot.press(*"see @s", "tab")
        await chat.settled()
        assert chat.screen.prompt.text == "see @sum"
        assert "summary.txt  sums.txt" in chat.controller.status.notice
        await chat.pilot.press("s", "tab")
        await chat.settled()
        assert chat.screen.prompt.text == "see @sums.txt "
        assert chat.screen.prompt.has_focus
        await chat.pilot.press("tab")
        await chat.pilot.pause()
        assert not chat.screen.prompt.has_focus


async def test_a_file_is_sent_with_the_question_and_what_was_sent_is_told(here: Path, tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("What is 3 + 4? @sums.txt")
        path = chat.controller.session.path
        assert path is not None
        started = json.loads(path.read_text().splitlines()[0])
        words, file = started["input"]["messages"][-1]["content"]
        assert words["text"] == "What is 3 + 4? @sums.txt"
        assert (file["type"], file["metadata"]["filename"]) == ("document", "sums.txt")
        assert chat.runs[0].question == "What is 3 + 4? @sums.txt"
        assert chat.runs[0].attachments == ("sums.txt",) or chat.runs[0].parts == (file,)
