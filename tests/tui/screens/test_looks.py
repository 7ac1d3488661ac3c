"""How the newer parts of the chat look: a tool that asks, what waits, the models, 40x15."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import Widget

from agent.conversation.items import Asker, ToolCall
from agent.events.wire import encode
from agent.settings.available import ListedModel, ModelSource
from agent.settings.file.contents import SettingsFile
from agent.settings.settings import Settings
from tests.agent.formats.exports.showcase import SHOWCASE
from tests.tui.panes.script import Script
from tests.tui.settling import settle
from tui.app.app import TickertapeApp
from tui.app.themes import DARK, LIGHT
from tui.drawing.glyphs import UNICODE
from tui.key_labels import DEFAULT_KEYS
from tui.panes.approval.asked import QuestionBar
from tui.panes.approval.bar import ApprovalBar
from tui.panes.approval.grace import Grace
from tui.panes.queue.lines import QueueLines
from tui.screens.arguments import ArgumentsScreen
from tui.screens.models import Catalogue, ModelsScreen

ARGUMENTS = {
    "path": "notes/2026/plan.md",
    "text": "# Plan\n\n- call Ada\n- write the report\n",
    "mode": "append",
    "backup": True,
    "tries": 3,
    "tags": ["work", "ünïcode"],
}
SCHEMA = {
    "properties": {
        "path": {"type": "string", "description": "where to write, below the folder of notes"},
        "text": {"type": "string"},
        "mode": {"enum": ["append", "replace"], "description": "what becomes of what is there"},
        "backup": {"type": "boolean"},
        "tries": {"type": "integer"},
        "tags": {"type": "array"},
    },
    "required": ["path", "text"],
}


NO_FILE = SettingsFile(path=Path("settings.toml"))


class Stage(App[None]):
    """Widgets at the foot of a screen, or a popup over nothing."""

    CSS = "#_default { align: left bottom; }"

    def __init__(self, *widgets: Widget, over: Callable[[], Screen[Any]] | None = None, theme: Theme = DARK) -> None:
        super().__init__()
        self._widgets = widgets
        self._over = over
        self.animation_level = "none"
        self.register_theme(theme)
        self.theme = theme.name

    def compose(self) -> ComposeResult:
        yield from self._widgets

    def on_mount(self) -> None:
        if self._over is not None:
            self.push_screen(self._over())


async def filled(pilot: Pilot[Any]) -> None:
    """All is there."""
    await settle(pilot)


def _call(name: str, arguments: dict[str, Any] = ARGUMENTS, asker: Asker | None = None) -> ToolCall:
    script = Script().ask("?").step()
    call = script.call(name)
    script.write(call, [json.dumps(arguments)]).end(call).ask_approval(call)
    (asked,) = script.run.calls
    asked.asker = asker
    return asked


def asking() -> ApprovalBar:
    return ApprovalBar(_call("write_note"), grace=Grace(seen_for=0, quiet_for=0))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("width", [120, 60, 40])
def test_a_tool_that_asks(width: int, theme: Theme, snap_compare: Any) -> None:
    async def armed(pilot: Pilot[Any]) -> None:
        bar = pilot.app.query_one(ApprovalBar)
        bar.focus()
        await filled(pilot)

    assert snap_compare(Stage(asking(), theme=theme), terminal_size=(width, 16), run_before=armed)


@pytest.mark.parametrize("width", [120, 60])
def test_a_server_that_asks(width: int, snap_compare: Any) -> None:
    async def armed(pilot: Pilot[Any]) -> None:
        pilot.app.query_one(QuestionBar).focus()
        await filled(pilot)

    call = _call(
        "ask_user", {"question": "Where to, and for how long?", "nights": 2}, Asker("the MCP server odd", "book")
    )
    form = {
        "properties": {
            "town": {"type": "string", "description": "where to"},
            "nights": {"type": "integer", "default": 2},
            "class": {"oneOf": [{"const": "first"}, {"const": "second"}]},
            "quiet": {"type": "boolean", "description": "whether it has to be a room to the yard"},
        },
        "required": ["town", "class"],
    }
    bar = QuestionBar(call, form, grace=Grace(seen_for=0, quiet_for=0))
    assert snap_compare(Stage(bar), terminal_size=(width, 16), run_before=armed)


@pytest.mark.parametrize(("size", "keys"), [((120, 40), ()), ((60, 24), ()), ((120, 40), ("f2",))])
def test_its_arguments_are_edited(size: tuple[int, int], keys: tuple[str, ...], snap_compare: Any) -> None:
    async def wrong(pilot: Pilot[Any]) -> None:
        await filled(pilot)
        await pilot.press(*keys)
        if not keys:
            tries = pilot.app.screen.query("Input")[3]
            tries.focus()
            await pilot.press("end", "x", "ctrl+s")
        await filled(pilot)

    stage = Stage(over=lambda: ArgumentsScreen(_call("write_note"), ARGUMENTS, SCHEMA, DEFAULT_KEYS))
    assert snap_compare(stage, terminal_size=size, run_before=wrong)


@pytest.mark.parametrize("is_held", [False, True])
def test_what_waits(is_held: bool, snap_compare: Any) -> None:
    lines = QueueLines(glyphs=UNICODE, keys=DEFAULT_KEYS)

    async def fill(pilot: Pilot[Any]) -> None:
        texts = ["and in words, please", "what is 12 * 12?", "a question of two lines:\nthis is the second"]
        lines.show(texts, steering=0 if is_held else 1, is_held=is_held, can_steer=not is_held)
        await filled(pilot)

    assert snap_compare(Stage(lines), terminal_size=(80, 8), run_before=fill)


@pytest.mark.parametrize("size", [(120, 30), (60, 20)])
def test_the_models(size: tuple[int, int], snap_compare: Any) -> None:
    sources = [
        ModelSource(name="offline", origin="built in"),
        ModelSource(name="openai", origin="OPENAI_API_KEY", can_list=True),
        ModelSource(name="ollama", origin="settings", can_list=True),
        ModelSource(name="anthropic", origin="ANTHROPIC_API_KEY", problem="pip install langchain-anthropic"),
    ]
    listed = {"ollama": [ListedModel(spec="ollama:qwen3:8b", window=40_960), ListedModel(spec="ollama:llama3.2")]}
    catalogue = Catalogue(sources=lambda: sources, models=listed.__getitem__, profiles={"work": "openai:gpt-4o"})

    async def look(pilot: Pilot[Any]) -> None:
        await filled(pilot)
        await pilot.press("down", "down", "down", "enter")
        await filled(pilot)

    stage = Stage(over=lambda: ModelsScreen(catalogue, "offline", ["openai:gpt-4o-mini"], UNICODE))
    assert snap_compare(stage, terminal_size=size, run_before=look)


def chat(folder: Path, *, resume: Path | None = None, theme: str = DARK.name) -> Any:
    """The whole chat."""
    settings = Settings(model="offline", data_dir=folder, offline_rate=0, theme=theme, file=NO_FILE)
    return TickertapeApp(settings, resume)


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
@pytest.mark.parametrize("size", [(40, 15), (100, 30)])
def test_a_saved_session(size: tuple[int, int], theme: str, snap_compare: Any, tmp_path: Path) -> None:
    sessions = tmp_path / "sessions"
    sessions.mkdir(mode=0o700)
    path = sessions / "20261123-160405-0000aa.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in SHOWCASE))

    async def pinned(pilot: Pilot[Any]) -> None:
        await filled(pilot)
        for history in pilot.app.screen.query("#history-pane"):
            history.display = False  # it tells the time of day

    assert snap_compare(chat(tmp_path, resume=path, theme=theme), terminal_size=size, run_before=pinned)
