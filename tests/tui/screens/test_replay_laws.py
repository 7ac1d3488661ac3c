"""The laws of the replay: what was live ends in the same picture, and every way to a moment shows the same screen."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from textual.pilot import Pilot

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.recordings.recording import Recording
from agent.runs.run import Answer, Run
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from tests.agent.foreign_threads import Told, framed, threads
from tests.agent.strategies import conversations
from tests.tui.panes.host import shown
from tests.tui.replays import FIXTURES, Replay, Styled, replay_of, session, styled
from tests.tui.settling import settle, until
from tui.app.app import TickertapeApp
from tui.screens.base.screen import PanesScreen
from tui.screens.chat.screen import ChatScreen

SIZE = (190, 44)


# Live and replayed


class Script:
    """What a model says and what its tools do, on a clock of 20 ms a look."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def emit(self, event: type[ev.Event], **fields: Any) -> None:
        self.run.emit(event(timestamp=self.run.now(), **fields))

    def id(self, name: str) -> str:
        return name + self.run.id

    async def text(self, *deltas: str, message: str = "text", call: str | None = None) -> None:
        metadata = {"toolCallId": self.id(call)} if call else None
        self.emit(ev.TextMessageStart, message_id=self.id(message), role="assistant", metadata=metadata)
        for delta in deltas:
            if call:
                self.emit(ev.ToolCallArgs, tool_call_id=self.id(call), delta=delta)
            self.emit(ev.TextMessageContent, message_id=self.id(message), delta=delta)
            await asyncio.sleep(0)
        self.emit(ev.TextMessageEnd, message_id=self.id(message))

    async def call(self, name: str, *deltas: str) -> None:
        self.emit(ev.ToolCallStart, tool_call_id=self.id(name), tool_call_name=name)
        for delta in deltas:
            self.emit(ev.ToolCallArgs, tool_call_id=self.id(name), delta=delta)
            await asyncio.sleep(0)

    def end(self, name: str) -> None:
        self.emit(ev.ToolCallEnd, tool_call_id=self.id(name))

    def begin(self, name: str) -> None:
        self.emit(ev.Custom, name=ev.TOOL_STARTED, value={"toolCallId": self.id(name)})

    def result(self, name: str, content: str, **metadata: object) -> None:
        self.emit(
            ev.ToolCallResult,
            message_id=self.id("result" + name),
            tool_call_id=self.id(name),
            content=content,
            metadata=metadata or None,
        )

    @asynccontextmanager
    async def step(self, number: int) -> AsyncIterator[None]:
        self.emit(ev.StepStarted, step_name=f"step {number}")
        yield
        self.emit(ev.StepFinished, step_name=f"step {number}")


async def answered(script: Script) -> None:
    """Two calls whose fragments interleave, and the answer in a third."""
    async with script.step(1):
        await script.text("Let me **see**.\n\n- a\n")
        await script.call("add", '{"x": 1')
        await script.call("look_up", '{"words": ["one", "tw')
        script.emit(ev.ToolCallArgs, tool_call_id=script.id("add"), delta='2, "y": 30}')
        script.emit(ev.ToolCallArgs, tool_call_id=script.id("look_up"), delta='o"]}')
        for name, content in (("add", "42"), ("look_up", '{"rows": [[1, 2], [3, 4]], "nothing": null}')):
            script.end(name)
            script.begin(name)
            script.result(name, content, durationMs=3)
    async with script.step(2):
        await script.call("final_answer", '{"answer": "')
        await script.text("It is ", "`42`", ".", message="said", call="final_answer")
        script.emit(ev.ToolCallArgs, tool_call_id=script.id("final_answer"), delta='", "tools_used": []}')
        script.end("final_answer")


async def failed_tool(script: Script) -> None:
    """A call that fails with words that are not to be obeyed."""
    async with script.step(1):
        await script.call("divide", '{"x": ', "1, ", '"y": 0}')
        script.end("divide")
        script.begin("divide")
        script.result("divide", "ValueError: [red]not[/] \x1b[31mfound\x1b[0m \u202e", error=True, durationMs=1234.5)
    async with script.step(2):
        await script.text("It cannot ", "be done.")


async def cancelled(script: Script) -> None:
    """Cancelled in the middle of a call, while another one runs."""
    async with script.step(1):
        await script.text("First ", "I will ")
        await script.call("slow", "{}")
        script.end("slow")
        script.begin("slow")
        await script.call("cut", '{"half": [1, 2, "thr')
        await asyncio.Event().wait()


async def retried(script: Script) -> None:
    """A model that had to be asked again."""
    async with script.step(1):
        for attempt in (1, 2):
            value = {"attempt": attempt, "maxAttempts": 3, "delayMs": 500, "reason": "429 Too Many Requests"}
            script.emit(ev.Custom, name=ev.RETRY, value=value)
            await asyncio.sleep(0)
        await script.text("At last.")


async def approved(script: Script) -> None:
    """A tool that asks."""
    async with script.step(1):
        await script.call("delete", '{"path": "/tmp/x"}')
        script.end("delete")
        decision = await script.run.approval(script.id("delete"))
        script.begin("delete")
        script.result("delete", f"allowed {decision}", durationMs=7)
        await script.text("Gone.")


async def reasoned(script: Script) -> None:
    """Reasoning before a call and an answer."""
    async with script.step(1):
        name = script.id("why")
        script.emit(ev.ReasoningStart, message_id=name)
        script.emit(ev.ReasoningMessageStart, message_id=name)
        for delta in ("The user ", "wants *this*.\n\n", "So I ", "shall do it. " * 20):
            script.emit(ev.ReasoningMessageContent, message_id=name, delta=delta)
            await asyncio.sleep(0)
        script.emit(ev.ReasoningMessageEnd, message_id=name)
        script.emit(ev.ReasoningEnd, message_id=name)
        await script.text("Done.")
    script.run.usage.append(ev.TokenUsage(input_tokens=1_000, output_tokens=250))


LONG = "".join(
    f"# Part {number}\n\nSome *words* that are **wrapped** because they go on and on, with `code` and "
    f"[a link](https://example.org/{number}), {'far ' * 30}beyond the line.\n\n"
    f"| a | b |\n|---|--:|\n| {number} | שלום |\n\n"
    f"```python\ndef f(x: int) -> str:\n    return '{number}'  # why\n```\n\n"
    f"1. one\n   - nested 👩‍👩‍👧‍👦\n2. two\n\n> quoted\n\n---\n\n"
    for number in range(12)
)


async def fragments(script: Script) -> None:
    """Every letter comes alone."""
    async with script.step(1):
        await script.call("add", *'{"x": 12345, "text": "a\\u00e9\\n😀", "list": [true, null, 1.5e3]}')
        script.end("add")
        script.result("add", "1", durationMs=0.4)
        await script.text(*"Every **letter** alone: `a` é 😀\n\n- one\n- two")


async def long_markdown(script: Script) -> None:
    """An answer of many screens."""
    async with script.step(1):
        await script.text(*(LONG[start : start + 37] for start in range(0, len(LONG), 37)))


async def broken(script: Script) -> None:
    """A tool of ours that raises."""
    async with script.step(1):
        await script.call("add", '{"x": 1}')
        script.end("add")
        await script.text("Well, ")
        raise RuntimeError("no [b]one[/b] knows why")


async def endless(pilot: Pilot[int]) -> None:
    """Cancel when all of it is there."""
    await until(pilot, lambda: "thr" in shown(pilot.app.screen.query_one("#tree")))
    await pilot.press("escape")


async def allow(pilot: Pilot[int]) -> None:
    """Allow the tool that asks."""
    await until(pilot, lambda: bool(pilot.app.screen.query("ApprovalBar.-armed:focus")))
    await pilot.press("o")


Telling = Callable[[Script], Awaitable[None]]
Doing = Callable[[Pilot[int]], Awaitable[None]]

SESSIONS: dict[str, tuple[Sequence[Telling], Doing | None, str]] = {
    "answered": ([answered], None, "It is 42."),
    "failed tool": ([failed_tool], None, "It cannot be done."),
    "cancelled": ([cancelled], endless, "First I will"),
    "retry": ([retried], None, "At last."),
    "approval": ([approved], allow, "Gone."),
    "reasoning": ([reasoned], None, "Done."),
    "fragments": ([fragments], None, "12345"),
    "long Markdown": ([long_markdown], None, "quoted"),
    "internal error": ([broken], None, "Well,"),
    "several turns": ([answered, failed_tool, fragments, reasoned, answered], None, "It is 42."),
}


async def _same_widths(pilot: Pilot[int]) -> None:
    """Give the panes of any screen the same places: the chat and the replay divide the room otherwise."""
    screen = pilot.app.screen
    assert isinstance(screen, PanesScreen)
    left, _, right = screen.panes.values()
    left.styles.width, right.styles.width = 45, 60
    for pane in (left, right):
        pane.styles.max_width = 60
    screen.query_one("#panes").styles.height = 36
    await pilot.pause()


class Picture:
    """Log, tree and status as they are on the screen.

    What is left out differs by what the screens are for: the word `replay` at the left of the status and the keys at
    its right, the title bar's `replay` in the place of the model, the left pane and what stands under the panes; and
    by where the reader has been: the scroll bar's thumb (`styled` tells why).
    """

    def __init__(self, pilot: Pilot[int]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, PanesScreen)
        assert screen.pictures is not None
        pictures = screen.pictures
        self.title = screen.title_bar.title
        self.log = styled(pilot, pictures.message_log)
        self.tree = styled(pilot, pictures.tool_tree)
        mode = " replay  " if shown(pictures.status).startswith(" replay ") else ""
        strip = screen._compositor.render_strips()[pictures.status.region.y]
        start = pictures.status.content_region.x + len(mode)
        self.status: Styled = [
            [(segment.text, segment.style) for segment in strip.crop(start, start + _FIGURES).simplify()]
        ]
        hint = strip.crop(start + _FIGURES).text
        assert hint.startswith("  "), "the figures go beyond what is compared"
        # Where the reader is belongs to the picture too.
        self.following = pictures.message_log.following

    def svg(self) -> str:
        """The three as one picture."""
        console = Console(record=True, file=StringIO(), width=SIZE[0], force_terminal=True, color_system="truecolor")
        for line in (*self.log, *self.tree, *self.status):
            console.print(Text.assemble(*((text, style or "") for text, style in line)), soft_wrap=True)
        return console.export_svg(title="", unique_id="picture")

    @property
    def words(self) -> str:
        return "\n".join("".join(text for text, _ in line) for line in (*self.log, *self.tree, *self.status))


_FIGURES = 130
"""Cells of the status in which all figures stand."""


def _differences(name: str, live: Styled, replayed: Styled) -> list[str]:
    """The lines that are not the same, for the report: first their words, then their styles."""
    assert len(live) == len(replayed)
    pairs = [
        (number, one, other) for number, (one, other) in enumerate(zip(live, replayed, strict=True)) if one != other
    ]
    texts = [(f"{name} {n}", *("".join(text for text, _ in line) for line in pair)) for n, *pair in pairs]
    return [f"{where}\n{one}\n{other}" for where, one, other in texts if one != other] or [
        f"{name} {n}\n{one}\n{other}" for n, one, other in pairs
    ]


def assert_same(live: Picture, replayed: Picture) -> None:
    assert (live.title, live.following) == (replayed.title, replayed.following)
    different = [
        line
        for name in ("status", "log", "tree")
        for line in _differences(name, getattr(live, name), getattr(replayed, name))
    ]
    assert not different, "\n".join(different)
    assert live.svg() == replayed.svg()


@asynccontextmanager
async def _chat(folder: Path) -> AsyncIterator[tuple[Pilot[int], ChatScreen]]:
    app = TickertapeApp(Settings(model="scripted", data_dir=folder))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, ChatScreen)
        assert screen.chat is not None
        screen.chat.message_log._column.again = ""  # what can be done about a bad end, in a chat alone
        await _same_widths(pilot)
        yield pilot, screen
        await app.action_leave()


def _scripted(monkeypatch: pytest.MonkeyPatch, tellings: Sequence[Telling]) -> None:
    """Have the engine tell these, one a turn."""
    left = iter(tellings)
    moments = count(1_700_000_000_000, 20)

    async def load(_engine: Engine) -> None:
        """Nothing is needed."""

    def start(_engine: Engine, question: str, conversation: Conversation, **_more: Any) -> Run:
        telling = next(left)

        async def work(run: Run) -> Answer:
            await telling(Script(run))
            return {"answer": "It is `42`.", "tools_used": ["add"]}

        metadata = {"model": "scripted", "maxIterations": 10}
        clock = lambda: next(moments)  # noqa: E731 - a clock is a function
        return Run(work, question, thread_id=conversation.thread_id, metadata=metadata, clock=clock)

    monkeypatch.setattr(Engine, "load", load)
    monkeypatch.setattr(Engine, "start", start)


async def _replayed(source: Path, folder: Path, *keys: str) -> tuple[Picture, Picture]:
    """The end of a recording, after playing up to it and after a jump to it."""
    async with replay_of(source, folder, size=SIZE) as replay:
        await _same_widths(replay.pilot)
        await replay.press("space")
        replay.clock.advance(1)
        await replay.settle()
        replay.clock.advance(100_000)
        await replay.until(lambda: not replay.controller.player.playing)
        await replay.press(*keys)
        assert replay.position == len(replay.controller.recording)
        played = Picture(replay.pilot)
        await replay.press("home", "end")
        return played, Picture(replay.pilot)


@pytest.mark.parametrize("name", SESSIONS)
async def test_live_and_replayed_end_in_the_same_picture(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tellings, do, words = SESSIONS[name]
    _scripted(monkeypatch, tellings)
    async with _chat(tmp_path) as (pilot, screen):
        for number, _ in enumerate(tellings):
            screen.prompt.focus()
            screen.prompt.insert(f"Why {number}, and *what* [for]?")
            await pilot.press("enter")
            if do is not None:
                await do(pilot)
            await settle(pilot)
        if name == "fragments":
            screen.action_toggle_fragments()
            await pilot.pause()
        live = Picture(pilot)
    assert words in live.words
    (path,) = (tmp_path / "sessions").glob("*.jsonl")
    keys = ("f",) if name == "fragments" else ()
    for replayed in await _replayed(path, tmp_path, *keys):
        assert_same(live, replayed)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
async def test_a_foreign_stream_ends_in_the_same_picture_live_and_replayed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _scripted(monkeypatch, [])
    recording = Recording(path)
    recording.read()

    async def told() -> AsyncIterator[ev.Event]:
        for event in recording.events:
            yield event
            await asyncio.sleep(0)

    async with _chat(tmp_path) as (pilot, screen):
        assert screen.chat is not None
        screen.chat.status.model = ""  # a stream that names no model is shown as if it came from the chat's
        await screen.chat._talks.shown.presenter.consume(told())
        await settle(pilot)
        live = Picture(pilot)
    for replayed in await _replayed(path, tmp_path):
        assert_same(live, replayed)


# Every way to a moment

KEYS = (
    *("space", "comma", "full_stop", "left", "right", "left_square_bracket", "right_square_bracket"),
    *("p", "n", "t", "T", "home", "end", *"0123456789"),
)
PLAYED_OUT = 100_000_000
"""Milliseconds in which every recording is over."""
QUICK = st.lists(st.sampled_from(("space", "home", "end", "p", "n", "left", "right", "9")), min_size=2, max_size=4)
WAYS = st.lists(
    st.sampled_from(KEYS) | st.floats(0, 1) | st.integers(1, 400) | st.just(PLAYED_OUT) | QUICK.map(tuple),
    min_size=1,
    max_size=8,
)
"""Keys that are pressed, alone or within a frame, places on the track that are gone to, and milliseconds that go by."""
Way = str | float | tuple[str, ...]
FEW = settings(max_examples=max(settings().max_examples // 25, 1), suppress_health_check=list(HealthCheck))
"""Each example is two programs from their start to their end."""


async def _go(replay: Replay, ways: Sequence[Way]) -> None:
    """Go these ways, and stand still at the recorded pace."""
    player = replay.controller.player
    for way in ways:
        if isinstance(way, str):
            await replay.press(way)
        elif isinstance(way, tuple):
            await replay.press(*way)
        elif isinstance(way, float):
            replay.screen.on_player_bar_sought(replay.screen.bar.Sought(way))
            await replay.settle()
        else:
            await replay.pass_time(way / 1000)
            if way == PLAYED_OUT:
                await replay.until(lambda: not player.playing)
    replay.controller.pause()
    replay.controller.change_speed(lambda: player.set_speed(1))
    await replay.settle()


async def _play_to(replay: Replay, position: int, time: float) -> None:
    """Play straight to a time; among events that came at the very same time, step on to the position."""
    times = replay.controller.recording.timeline
    if position != bisect_right(times, time):
        first = bisect_left(times, times[position - 1]) if position else 0
        time = times[first - 1] if first else -1
    if time >= 0:
        await replay.press("space")
        for part in (0.3, 0.8, 1.0):
            replay.clock.advance(time * part / 1000 - replay.clock.now())
            await replay.settle()
        await replay.until(lambda: replay.position >= bisect_right(times, time))
        replay.controller.pause()
        await replay.settle()
    await replay.press(*["full_stop"] * (position - replay.position))


@FEW
@given(events=conversations(), ways=WAYS)
async def test_every_way_to_a_moment_shows_the_screen_of_a_straight_play(
    tmp_path_factory: pytest.TempPathFactory, events: list[ev.Event], ways: list[Way]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    async with replay_of(events, folder) as sought, replay_of(events, folder) as played:
        await _go(sought, ways)
        await _play_to(played, sought.position, sought.controller.player.time)
        assert played.position == sought.position
        time = played.controller.player.time
        if time != sought.controller.player.time:  # the clock's seconds round otherwise than the milliseconds
            sought.controller.seek(lambda: sought.controller.player.seek(time))
            await sought.settle()
        assert styled(sought.pilot) == styled(played.pilot)


@FEW
@given(told=threads(), ways=WAYS)
async def test_every_way_to_a_moment_of_a_foreign_thread_shows_the_screen_of_a_straight_play(
    tmp_path_factory: pytest.TempPathFactory, told: Told, ways: list[Way]
) -> None:
    folder, data = tmp_path_factory.mktemp("law"), framed(told.events, "sse")
    async with replay_of(data, folder) as sought, replay_of(data, folder) as played:
        await _go(sought, ways)
        await _play_to(played, sought.position, sought.controller.player.time)
        assert played.position == sought.position
        time = played.controller.player.time
        if time != sought.controller.player.time:
            sought.controller.seek(lambda: sought.controller.player.seek(time))
            await sought.settle()
        assert styled(sought.pilot) == styled(played.pilot)


@FEW
@given(told=threads())
async def test_a_foreign_thread_ends_in_the_same_picture_live_and_replayed(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    _scripted(monkeypatch, [])
    folder = tmp_path_factory.mktemp("law")
    source = folder / "thread.jsonl"
    source.write_bytes(framed(told.events, "lines"))

    async def live() -> AsyncIterator[ev.Event]:
        for event in told.decoded():
            yield event
            await asyncio.sleep(0)

    async with _chat(folder) as (pilot, screen):
        assert screen.chat is not None
        screen.chat.status.model = ""
        await screen.chat._talks.shown.presenter.consume(live())
        await settle(pilot)
        picture = Picture(pilot)
    for replayed in await _replayed(source, folder):
        assert_same(picture, replayed)


@pytest.mark.parametrize(
    "ways",
    [
        ("end", "home", "space", 300, "5", 700, "p"),
        ("9", "T", "comma", "left", "t", "full_stop", "full_stop"),
        ("end", "space", 2_000, "space", "n", "n", "p", "comma"),
        (0.7, "right_square_bracket", "space", 900, 0.2, 300, "0"),
        ("end", "5", "i", "i", "T", "T"),
    ],
)
async def test_these_ways_show_the_screen_of_a_straight_play(ways: tuple[Way, ...], tmp_path: Path) -> None:
    events = session(3)
    async with replay_of(events, tmp_path) as sought, replay_of(events, tmp_path) as played:
        await _go(sought, ways)
        await _play_to(played, sought.position, sought.controller.player.time)
        assert played.position == sought.position
        assert styled(sought.pilot) == styled(played.pilot)


WAITING = (
    *session(1)[:-1],
    ev.RunFinished(
        timestamp=session(1)[-1].timestamp,
        thread_id="t",
        run_id="run-1",
        outcome={
            "type": "interrupt",
            "interrupts": [{"id": "i", "reason": "input_required", "message": "Which seat?"}],
        },
    ),
)
"""A turn that waits for an answer where the recording ends."""
AGAIN: Sequence[Sequence[Way]] = (
    ("space", PLAYED_OUT, "space", 100),
    (),
    (PLAYED_OUT, ("space", "end")),
    (PLAYED_OUT, ("space", "right_square_bracket", "n"), 100, ("home", "end")),
    ("p", PLAYED_OUT, "space", 50, "left_square_bracket", ("5", "n", "p")),
)
"""Ways in a recording that stands at its start, then is playing; most come to its end, and play it again."""


@pytest.mark.parametrize(
    ("events", "words"), [(WAITING, "waiting for an answer"), (session(1)[:8], "cut off"), (session(1), "answered")]
)
async def test_gone_to_while_it_plays_the_end_is_what_a_jump_from_the_start_shows(
    events: Sequence[ev.Event], words: str, tmp_path: Path
) -> None:
    async with replay_of(events, tmp_path) as replay:
        shown: list[Styled] = []
        for ways in AGAIN:  # the first without any jump before it
            await _go(replay, (*ways, "end"))
            shown.append(styled(replay.pilot))
            await _go(replay, ("home", "space", 250))
        await _go(replay, ("home", "end"))
        assert words in replay.picture["status"]
        told = styled(replay.pilot)
        assert [AGAIN[place] for place, lines in enumerate(shown) if lines != told] == []
