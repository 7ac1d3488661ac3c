"""Whatever way events come, the screen is the same picture of the same conversation."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from textual.pilot import Pilot

from agent.conversation.items import ToolCall
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.reading.lines import read_lines
from agent.runs.run import Answer, Run
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from tests.tui.panes.host import shown
from tests.tui.settling import settle
from tui.app.app import TickertapeApp
from tui.panes.history.sidebar import History
from tui.panes.log.log import MessageLog
from tui.panes.prompt.input import Prompt
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.panes.title.bar import TitleBar
from tui.presenter import FRAME, Pictures, Presenter
from tui.screens.chat.screen import ChatScreen

SIZE = (120, 40)


def _clock() -> Callable[[], int]:
    """Moments 20 ms apart, the same in every test."""
    moments = iter(range(1_700_000_000_000, 1_800_000_000_000, 20))
    return lambda: next(moments)


async def _load(_engine: Engine) -> None:
    """Nothing is needed."""


def _start(_engine: Engine, question: str, conversation: Conversation, **_more: Any) -> Run:
    metadata = {"model": "scripted", "maxIterations": 10}
    return Run(_script, question, thread_id=conversation.thread_id, metadata=metadata, clock=_clock())


@pytest.fixture(autouse=True)
def scripted_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is the same."""
    monkeypatch.setattr(Engine, "load", _load)
    monkeypatch.setattr(Engine, "start", _start)


async def _script(run: Run) -> Answer:
    """A text, two calls whose fragments interleave, one of them failing, and the answer in a third call."""
    number = run.id

    def args(call: str, *deltas: str) -> None:
        for delta in deltas:
            run.emit(ev.ToolCallArgs(timestamp=run.now(), tool_call_id=call + number, delta=delta))

    def start(call: str, name: str) -> None:
        run.emit(ev.ToolCallStart(timestamp=run.now(), tool_call_id=call + number, tool_call_name=name))

    def end(call: str, result: str, *, error: bool = False) -> None:
        run.emit(ev.ToolCallEnd(timestamp=run.now(), tool_call_id=call + number))
        value = {"toolCallId": call + number}
        run.emit(ev.Custom(timestamp=run.now(), name=ev.TOOL_STARTED, value=value))
        run.emit(
            ev.ToolCallResult(
                timestamp=run.now(),
                message_id=f"result-{call}{number}",
                tool_call_id=call + number,
                content=result,
                metadata={"durationMs": 3, **({"error": True} if error else {})},
            )
        )

    run.emit(ev.StepStarted(timestamp=run.now(), step_name="step 1"))
    run.emit(ev.TextMessageStart(timestamp=run.now(), message_id="said" + number))
    run.emit(ev.TextMessageContent(timestamp=run.now(), message_id="said" + number, delta="Let me **see**.\n\n- a\n"))
    run.emit(ev.TextMessageEnd(timestamp=run.now(), message_id="said" + number))
    start("a", "add")
    start("b", "look_up")
    args("a", '{"x": 1')
    await asyncio.sleep(0)
    args("b", '{"words": ["one", "tw')
    args("a", '2, "y": 30}')
    args("b", 'o"]}')
    end("a", "42")
    end("b", "ValueError: [not] found", error=True)
    run.emit(ev.StepFinished(timestamp=run.now(), step_name="step 1"))
    run.emit(ev.StepStarted(timestamp=run.now(), step_name="step 2"))
    start("c", "final_answer")
    args("c", '{"answer": "')
    spoken = "spoken" + number
    said = {"toolCallId": "c" + number}
    run.emit(ev.TextMessageStart(timestamp=run.now(), message_id=spoken, metadata=said))
    for delta in ("It is ", "`42`", "."):
        args("c", delta)
        run.emit(ev.TextMessageContent(timestamp=run.now(), message_id=spoken, delta=delta))
        await asyncio.sleep(0)
    args("c", '", "tools_used": []}')
    run.emit(ev.TextMessageEnd(timestamp=run.now(), message_id=spoken))
    end("c", "answered")
    run.emit(ev.StepFinished(timestamp=run.now(), step_name="step 2"))
    return {"answer": "It is `42`.", "tools_used": ["add", "look_up"]}


class _Panes:
    """The widgets of a screen that show a conversation."""

    def __init__(self, app: TickertapeApp) -> None:
        screen = app.screen
        assert isinstance(screen, ChatScreen)
        self.title = screen.query_one(TitleBar)
        self.message_log = screen.query_one(MessageLog)
        self.tool_tree = screen.query_one(ToolTree)
        self.history = screen.query_one(History)
        self.status = screen.query_one(StatusBar)

    def show_title(self, title: str) -> None:
        self.title.title = title

    def show_asking(self, call: ToolCall | None) -> None:
        assert call is None

    @property
    def picture(self) -> dict[str, str]:
        """All that is shown."""
        panes = {"log": self.message_log, "tree": self.tool_tree, "status": self.status}
        # The day that the session is listed under is that of its file, until the file has been read.
        turns = shown(self.history.list).split("\n", 1)[1]
        return {"title": self.title.title, "turns": turns, **{name: shown(pane) for name, pane in panes.items()}}


@asynccontextmanager
async def _app(folder: Path, path: Path | None = None) -> AsyncIterator[tuple[Pilot[int], _Panes]]:
    """The app on a data folder, when all is there that it loads."""
    app = TickertapeApp(Settings(model="scripted", data_dir=folder), path)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        yield pilot, _Panes(app)
        await app.action_leave()


async def _live(folder: Path) -> tuple[dict[str, str], Path]:
    """What two turns show when they have just been answered, and where they were saved."""
    async with _app(folder) as (pilot, panes):
        for question in ("why?", "and [this]?"):
            prompt = pilot.app.screen.query_one(Prompt)
            prompt.text = question
            await pilot.press("enter")
            await settle(pilot)
        picture = panes.picture
    (path,) = (folder / "sessions").glob("*.jsonl")
    return picture, path


async def test_a_saved_session_looks_as_it_did_live(tmp_path: Path) -> None:
    live, path = await _live(tmp_path)
    assert "It is 42." in live["log"]
    assert "✗" in live["tree"]
    async with _app(tmp_path, path) as (_pilot, panes):
        saved = panes.picture
    # But for how the last turn ended: that is no news, and the bar says that a question can be asked.
    (live_end, live_figures), (saved_end, figures) = (_status(one) for one in (live, saved))
    assert saved == live
    assert figures == live_figures
    assert "answered" in live_end
    assert "ready" in saved_end


def _status(picture: dict[str, str]) -> tuple[str, list[str]]:
    """How it is, and the figures of the last turn; no more in the picture."""
    end, _, figures = picture.pop("status").partition("2 steps")
    return end, figures.split()


async def test_a_recording_that_is_consumed_again_looks_as_it_did_live(tmp_path: Path) -> None:
    live, path = await _live(tmp_path)

    async def recorded() -> AsyncIterator[ev.Event]:
        for line in read_lines(path):
            assert line.event is not None
            yield line.event
            await asyncio.sleep(0)

    async with _app(tmp_path / "other") as (pilot, panes):
        presenter = Presenter(Conversation(), panes, lambda: 0.0)
        presenter.show()
        await presenter.consume(recorded())
        await settle(pilot)
        assert panes.picture == live


def _many_events(count: int) -> list[ev.Event]:
    return [
        ev.RunStarted(thread_id="t", run_id="r", timestamp=0),
        ev.StepStarted(step_name="step 1", timestamp=0),
        ev.TextMessageStart(message_id="m", timestamp=0),
        *(ev.TextMessageContent(message_id="m", delta="word ", timestamp=number) for number in range(count)),
    ]


async def test_paints_at_most_once_a_frame_and_always_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = MagicMock()
    presenter = Presenter(Conversation(), cast("Pictures", pictures), lambda: 0.0)
    loop = asyncio.get_running_loop()
    now = loop.time()
    until = now + 10 * FRAME
    monkeypatch.setattr(loop, "time", lambda: now)
    painted: list[tuple[float, int]] = []
    pictures.message_log.update_run.side_effect = lambda run: painted.append((now, run.fragment_count))

    async def source() -> AsyncIterator[ev.Event]:
        nonlocal now
        for event in _many_events(10):
            yield event
        number = 10
        while now < until:
            now += FRAME / 7
            number += 1
            yield ev.TextMessageContent(message_id="m", delta="word ", timestamp=number)
            await asyncio.sleep(0)
        yield ev.RunError(message="Cancelled.", code="cancelled", timestamp=number)

    await presenter.consume(source())
    times = [moment for moment, _ in painted]
    assert len(painted) >= 9
    # The last is due to the end, which waits for no frame.
    assert all(later - sooner >= FRAME for sooner, later in pairwise(times[:-1]))
    assert painted[-1][1] == presenter.conversation.runs[-1].fragment_count
    assert pictures.status.update_run.call_args.args[0].status == "cancelled"


async def test_an_event_that_changes_nothing_paints_nothing() -> None:
    pictures = MagicMock()
    presenter = Presenter(Conversation(), cast("Pictures", pictures), lambda: 0.0)

    async def source() -> AsyncIterator[ev.Event]:
        yield ev.Custom(name="someone.elses", timestamp=0)
        await asyncio.sleep(0)

    await presenter.consume(source())
    presenter.tick()
    pictures.message_log.update_run.assert_not_called()
