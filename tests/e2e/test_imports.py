"""What is not imported: the heavy libraries, where nothing needs them yet."""

import json
import subprocess
import sys

import pytest

_REPORT = "import json, sys; print(json.dumps(sorted(sys.modules)))"
_MODELS = {"langchain", "langchain_core", "langchain_openai", "openai", "pydantic"}


def _imported_by(statement: str) -> set[str]:
    """The packages and modules that are loaded after a statement."""
    code = f"{statement}\n{_REPORT}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_an_option_that_only_prints_loads_neither_the_screen_nor_a_model(option: str) -> None:
    loaded = _imported_by(
        f"from tui.cli import main\ntry:\n    main([{option!r}])\nexcept SystemExit as done:\n    assert not done.code"
    )
    assert loaded.isdisjoint({"textual", "rich", *_MODELS})


@pytest.mark.parametrize(
    "words", [["sessions", "list"], ["sessions", "list", "--json"], ["completion", "words", "sessions", "show", ""]]
)
def test_a_command_about_sessions_loads_neither_the_screen_nor_a_model(words: list[str]) -> None:
    loaded = _imported_by(f"from tui.cli import main\nassert main({words!r}) == 0")
    assert "sqlite3" in loaded
    assert loaded.isdisjoint({"markdown_it", "pygments", "textual", *_MODELS})


def test_the_first_frame_waits_for_no_events_and_nothing_that_saves_files() -> None:
    loaded = _imported_by("import tui.cli, tui.app, tui.screens.chat")
    assert loaded.isdisjoint({"msgspec", "agent.events", "agent.exports", "agent.library", "tui.saving", "tui.opening"})


def test_a_replay_waits_for_no_chat() -> None:
    loaded = _imported_by("import tui.app, tui.screens.replay, tui.replay_controller")
    assert loaded.isdisjoint(
        {"tui.screens.chat", "tui.widgets.history", "tui.widgets.prompt", "agent.engine", "agent.library"}
    )


def test_browsing_loads_no_model() -> None:
    loaded = _imported_by(
        "import agent.conversation, agent.engine, agent.session, agent.transcript, tui.app, tui.presenter"
    )
    assert "textual" in loaded
    assert loaded.isdisjoint(_MODELS)


def test_replaying_loads_no_model() -> None:
    loaded = _imported_by(
        "import tui.app, tui.commands.replay, tui.export, tui.replay_controller, tui.replaying, tui.screens.go_live, "
        "tui.screens.replay"
    )
    assert "textual" in loaded
    assert loaded.isdisjoint(_MODELS)


def test_the_agent_loads_no_screen() -> None:
    loaded = _imported_by("import agent.executor, agent.engine, agent.models, agent.session, agent.tools")
    assert "langchain_core" in loaded
    assert loaded.isdisjoint({"textual", "rich", "tui"})
