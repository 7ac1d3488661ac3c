"""What is not imported: the heavy libraries, where nothing needs them yet."""

import json
import subprocess
import sys

import pytest

_REPORT = "import sys; loaded = sorted(sys.modules); import json; print(json.dumps(loaded))"
_MODELS = {"langchain", "langchain_core", "langchain_openai", "openai", "pydantic"}


def _imported_by(statement: str) -> set[str]:
    """The packages and modules that are loaded after a statement."""
    code = f"{statement}\n{_REPORT}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_an_option_that_only_prints_loads_neither_the_screen_nor_a_model(option: str) -> None:
    loaded = _imported_by(
        "from tui.cli.main import main\n"
        f"try:\n    main([{option!r}])\nexcept SystemExit as done:\n    assert not done.code"
    )
    assert loaded.isdisjoint({"textual", "rich", *_MODELS})


@pytest.mark.parametrize(
    "words", [["sessions", "list"], ["sessions", "list", "--json"], ["completion", "words", "sessions", "show", ""]]
)
def test_a_command_about_sessions_loads_neither_the_screen_nor_a_model(words: list[str]) -> None:
    loaded = _imported_by(f"from tui.cli.main import main\nassert main({words!r}) == 0")
    assert "sqlite3" in loaded
    assert loaded.isdisjoint({"markdown_it", "pygments", "textual", *_MODELS})


def test_the_first_frame_waits_for_no_events_no_other_command_and_nothing_that_saves_files() -> None:
    loaded = _imported_by(
        "import tui.cli.main, tui.app.app, tui.screens.chat.screen\ntui.cli.main._arguments(['--continue'])"
    )
    assert loaded.isdisjoint(
        {
            "json",
            "msgspec",
            "tomlkit",
            "agent.conversation.decisions",
            "agent.events.types",
            "agent.formats.exports.export",
            "agent.library.library",
            "agent.runs.attachments",
            "agent.settings.breakpoints",
            "tui.app.saving",
            "tui.cli.ask",
            "tui.drawing.wrap",
            "tui.screens.replay.opening",
        }
    )


def test_a_replay_waits_for_no_chat() -> None:
    loaded = _imported_by("import tui.app.app, tui.screens.replay.screen, tui.screens.replay.controller")
    assert loaded.isdisjoint(
        {
            "tui.screens.chat.screen",
            "tui.panes.history.sidebar",
            "tui.panes.prompt.input",
            "agent.sources.engine",
            "agent.library.library",
        }
    )


def test_browsing_loads_no_model() -> None:
    loaded = _imported_by(
        "import agent.conversation.reducer, agent.sources.engine, agent.transcripts.session, agent.transcripts.writer, "
        "tui.app.app, tui.presenter"
    )
    assert "textual" in loaded
    assert loaded.isdisjoint(_MODELS)


def test_replaying_loads_no_model() -> None:
    loaded = _imported_by(
        "import tui.app.app, tui.cli.replay, tui.cli.sharing.asciicast, tui.cli.headless.replay, "
        "tui.screens.replay.controller, tui.screens.replay.go_live, tui.screens.replay.screen"
    )
    assert "textual" in loaded
    assert loaded.isdisjoint(_MODELS)


def test_the_agent_loads_no_screen() -> None:
    loaded = _imported_by(
        "import agent.sources.executor.loop, agent.sources.engine, agent.sources.models.build, "
        "agent.sources.tools.load, agent.transcripts.session"
    )
    assert "langchain_core" in loaded
    assert loaded.isdisjoint({"textual", "rich", "tui"})
