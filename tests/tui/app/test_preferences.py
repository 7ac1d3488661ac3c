"""Keys and themes of the settings: what can be taken is, what cannot is told with its line."""

import re
from pathlib import Path

import pytest
from textual.widgets import Input

from agent.settings.file.parsing import parse_settings
from agent.settings.settings import Settings
from tests.places import ROOT
from tests.tui.chatting import chat_in
from tui.actions import ACTIONS, Action
from tui.app.preferences import chosen_keys, preference_problems


def settings_of(text: str, folder: Path = Path("x")) -> Settings:
    """Settings with this file."""
    file = parse_settings(text.encode(), folder / "settings.toml")
    return Settings(
        model="offline",
        data_dir=folder,
        offline_rate=0,
        file=file,
        keys=file.document.keys or {},
        themes=file.document.themes or {},
        theme=file.document.screen.theme if file.document.screen else None,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[keys]\n'app.nothing' = 'f5'", 2, ["no action", "app.find"]),
        ("[keys]\n'nothing' = 'f5'", 2, ["no action", "history"]),
        ("[keys]\n'app.find' = 'ctrl+shift+nokey'", 2, ["is no key", "ctrl+n"]),
        ("[keys]\n'app.find' = 'ctrl+n'", 2, ["app.find", "app.new_chat", "ctrl+n"]),
        ("[keys]\n'history.pin' = 'u'", 2, ["history.undo"]),
        ("[keys]\n'input.earlier' = 'f5'", 2, ["has no keys of its own", "input.send"]),
        ("[screen]\ntheme = 'none'", 2, ["there is no theme none", "tickertape-dark"]),
        ("[themes.mine]\nprimary = '#zzz'", 2, ["themes.mine.primary", "#rrggbb"]),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_line(text: str, line: int, words: list[str]) -> None:
    (problem,) = preference_problems(settings_of(text))
    assert problem.line == line
    assert all(word in problem.text for word in words), problem


@pytest.mark.parametrize(
    "action", [action for action in ACTIONS.values() if action.fixed], ids=lambda action: action.id
)
def test_an_action_without_keys_of_its_own_is_refused_and_no_such_action_is_named_as_allowed(action: Action) -> None:
    (problem,) = preference_problems(settings_of(f"[keys]\n\n'{action.id}' = 'f5'"))
    assert problem.line == 3
    _, _, allowed = problem.text.partition("(allowed: ")
    assert set(allowed.removesuffix(")").split(", ")) <= {known.id for known in ACTIONS.values() if not known.fixed}


@pytest.mark.parametrize(
    "text",
    [
        "[keys]\n'app.find' = 'ctrl+n'\n'app.new_chat' = 'f12'",
        "[keys]\n'app.find' = ''\n'history.pin' = 'X, ctrl+x'",
        "[keys]\n'app.help' = '?'",
        "[screen]\ntheme = 'mine'\n[themes.mine]\nprimary = 'red'\ndark = false",
        "[screen]\ntheme = 'nord'",
    ],
)
def test_what_can_be_taken_is(text: str) -> None:
    assert preference_problems(settings_of(text)) == []


def test_of_two_that_clash_the_rest_is_taken() -> None:
    settings = settings_of("[keys]\n'app.find' = 'ctrl+n'\n'history.pin' = 'X'")
    assert chosen_keys(settings.keys, settings.file)[0] == {"history.pin": "X"}


async def test_another_key_does_it_and_is_told_and_the_built_in_one_does_not(tmp_path: Path) -> None:
    settings = settings_of("[keys]\n'app.find' = 'ctrl+k'\n'app.search' = ''", tmp_path)
    async with chat_in(tmp_path, file=settings.file, keys=settings.keys) as chat:
        await chat.pilot.press("ctrl+f", "ctrl+r")
        await chat.pilot.pause()
        assert not isinstance(chat.screen.focused, Input)
        await chat.pilot.press("ctrl+k")
        await chat.pilot.pause()
        assert isinstance(chat.screen.focused, Input)
        assert chat.screen.keys.labels("app.find") == ["Ctrl+K"]
        assert chat.screen.keys.labels("app.search") == []


async def test_a_theme_of_ones_own_is_shown_and_one_that_is_chosen_is_kept(tmp_path: Path) -> None:
    settings = settings_of("[screen]\ntheme = 'mine'\n[themes.mine]\nprimary = '#ff0000'\n", tmp_path)
    (tmp_path / "settings.toml").write_text(settings.file.text)
    async with chat_in(tmp_path, file=settings.file, themes=settings.themes, theme="mine") as chat:
        assert chat.pilot.app.current_theme.primary == "#ff0000"
        chat.pilot.app.theme = "nord"
        await chat.settled()
    assert 'theme = "nord"' in (tmp_path / "settings.toml").read_text()


async def test_what_is_wrong_is_told_when_the_chat_is_there_and_the_rest_holds(tmp_path: Path) -> None:
    settings = settings_of("modle = 'x'\n[screen]\nfold = 'some'\n", tmp_path)
    async with chat_in(tmp_path, file=settings.file) as chat:
        await chat.until(lambda: "settings.toml:1: there is no modle" in chat.controller.status.notice)
        assert chat.controller.status.notice.startswith("2 mistakes (tickertape config check): ")
        await chat.ask("1 + 1")
        assert chat.runs[0].answer is not None


def test_the_settings_that_the_readme_shows_can_be_taken() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert any("[providers.home]" in block for block in blocks)
    for block in blocks:
        settings = settings_of(block)
        assert [*settings.problems, *preference_problems(settings)] == []
