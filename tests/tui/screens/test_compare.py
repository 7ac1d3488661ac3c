"""Two recordings side by side: they open where they differ first, play and seek on one clock; playing is seeking."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from agent.events import types as ev
from agent.events import wire
from agent.recordings.comparing.choosing import Turns
from agent.recordings.comparing.differences import Difference, DifferenceKind
from agent.settings.settings import Settings
from tests.tui.chatting import chat_in
from tests.tui.panes.host import shown
from tests.tui.replays import screen_lines, session
from tests.tui.screens.test_waterfall import UNDATED
from tests.tui.settling import until
from tui.app.app import TickertapeApp
from tui.panes.comparison.rows import told
from tui.screens.compare.choosing import ChoosingScreen
from tui.screens.compare.opening import Compared, CompareOpening
from tui.screens.compare.screen import CompareScreen

EVENTS = session()


def _written(path: Path, events: Sequence[ev.Event], *changes: tuple[bytes, bytes]) -> Path:
    data = b"".join(wire.encode(event) + b"\n" for event in events)
    for old, new in changes:
        assert old in data
        data = data.replace(old, new, 1)
    path.write_bytes(data)
    return path


def app_on(folder: Path, *changes: tuple[bytes, bytes]) -> TickertapeApp:
    """The app on a recording, and the same with changes beside it."""
    left = _written(folder / "left.jsonl", EVENTS)
    right = _written(folder / "right.jsonl", EVENTS, *changes)
    settings = Settings(model="offline", data_dir=folder)
    return TickertapeApp(settings, comparison=opening(left, right))


def opening(left: Path, right: Path) -> CompareOpening:
    return CompareOpening(left=Compared(source=left), right=Compared(source=right))


def time_of(screen: CompareScreen) -> float:
    assert screen.clock is not None
    return screen.clock.time


CHANGED = ((b'"content":"14"', b'"content":"15"'), (b'"delta":"multiplied."', b'"delta":"divided."'))


async def read(pilot: Pilot[int]) -> CompareScreen:
    """The screen, when both are read."""
    screen = pilot.app.screen
    assert isinstance(screen, CompareScreen)
    await until(pilot, lambda: screen.clock is not None and bool(screen._status.notice))
    await pilot.pause()
    return screen


@asynccontextmanager
async def comparing(
    app: TickertapeApp, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[int], CompareScreen]]:
    async with app.run_test(size=size) as pilot:
        screen = await read(pilot)
        yield pilot, screen
        screen._pause()
        app.exit()


def picture(screen: CompareScreen) -> list[str]:
    return [shown(part) for side in screen.sides for part in (side.message_log, side.tool_tree)]


async def test_it_opens_where_they_differ_first_and_marks_the_words(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path, *CHANGED)) as (pilot, screen):
        assert "3 differences" in screen._status.notice or "2 differences" in screen._status.notice
        assert "step 3: text" in str(screen._told.content)
        assert "divided" in str(screen._told.content)
        first = time_of(screen)
        await pilot.press("d")
        assert time_of(screen) > first
        await pilot.press("D")
        assert time_of(screen) == first


async def test_a_difference_is_gone_to_where_it_begins_and_where_both_have_all_of_it(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path, (b'"content":"14"', b'"content":"15"'))) as (pilot, screen):
        begun = time_of(screen)
        assert "15" not in picture(screen)[3]
        await pilot.press("e")
        assert time_of(screen) > begun
        assert ("14" in picture(screen)[1], "15" in picture(screen)[3]) == (True, True)
        await pilot.press("D")
        assert time_of(screen) == begun


async def test_other_turns_are_chosen_by_the_names_that_the_command_line_has_for_them(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path)) as (pilot, screen):
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoosingScreen))
        popup = pilot.app.screen
        assert isinstance(popup, ChoosingScreen)
        popup._lines[0].value = f"{tmp_path}/left.jsonl@turn:1"
        popup._lines[1].value = f"{tmp_path}/nowhere.jsonl"
        await pilot.press("enter")
        await until(pilot, lambda: "neither a file nor a session" in str(popup._told.content))
        popup._lines[1].value = f"{tmp_path}/right.jsonl@turn:2"
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen not in (popup, screen))
        other = await read(pilot)
        assert [len(side.recording.marks.turns) for side in other.sides] == [1, 1]
        assert other._found.differences[0].kind == "question"
        other._pause()


async def test_turns_that_are_not_there_are_told_in_the_place_of_the_text(tmp_path: Path) -> None:
    path = _written(tmp_path / "one.jsonl", EVENTS)
    sides = [Compared(source=path, turns=Turns(first, first)) for first in (2, 7)]
    app = TickertapeApp(
        Settings(model="offline", data_dir=tmp_path), comparison=CompareOpening(left=sides[0], right=sides[1])
    )
    async with comparing(app) as (_pilot, screen):
        assert "There is no turn 7 in one.jsonl; it has 2" in shown(screen.sides[1].message_log)
        assert "turn 2" in shown(screen.table)


async def test_a_recording_differs_from_itself_in_nothing(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path)) as (_pilot, screen):
        assert "no difference" in screen._status.notice
        assert time_of(screen) == 0
        assert "≠" not in shown(screen.table)


async def test_a_turn_differs_where_one_of_its_steps_does_and_an_answer_tells_how_it_begins(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path, *CHANGED), size=(200, 40)) as (pilot, screen):
        screen.table.focus()
        screen.table.action_cursor_first()
        await pilot.press("down")
        assert "Nothing differs here" in str(screen._told.content)
        await pilot.press("up")
        first, *rows = shown(screen.table).splitlines()
        assert first.startswith("≠ turn 1")
        assert "turn 1, step 3: text" in str(screen._told.content)
        for side in range(2):
            assert ("multiplied", "divided")[side] in rows[4 + side]


async def test_both_sides_of_a_step_are_chosen_together(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path, *CHANGED)) as (pilot, screen):
        screen.table.focus()
        screen.table.action_cursor_first()
        await pilot.press("down")
        keys = [screen.table.row_at(y).key for y in range(5)]
        assert keys[1] == keys[2] == screen.table._cursor
        await pilot.press("down")
        assert keys[3] == keys[4] == screen.table._cursor


async def test_headings_stand_over_the_figures(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path)) as (pilot, _screen):
        lines = screen_lines(pilot)
        heading = next(line for line in lines if "first token" in line and "tokens" in line and "rate" in line)
        row = next(line for line in lines if "right multiply" in line)
        for name, end in (("rate", "/s"), ("time", " s")):
            assert heading.rindex(name) + len(name) == row.rindex(end) + len(end)


async def test_playing_shows_what_seeking_shows(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path, *CHANGED)) as (pilot, screen):
        now = 0.0
        assert screen.clock is not None
        screen.clock._now = lambda: now
        await pilot.press("home", "space")
        assert screen._ticker is not None
        screen._ticker.pause()
        seen: list[tuple[float, list[str]]] = []
        for _ in range(12):
            now += 0.7
            screen.tick()
            await pilot.pause()
            seen.append((time_of(screen), picture(screen)))
        assert not screen.clock.is_playing  # it stands at the end
        for time, played in reversed(seen):
            screen._set(time)
            await pilot.pause()
            assert picture(screen) == played


async def test_both_stand_at_the_same_step_where_they_are_aligned_so(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path, *CHANGED)) as (pilot, screen):
        await pilot.press("home", "a")
        assert "by step" in screen._status.notice
        for number in range(1, 7):
            await pilot.press("full_stop")
            assert {sum(len(run.steps) for run in side._presenter.conversation.runs) for side in screen.sides} == {
                number
            }
        await pilot.press("comma", "comma")
        assert {len(side._presenter.conversation.runs[-1].steps) for side in screen.sides} == {1}


async def test_enter_in_the_table_goes_to_the_step(tmp_path: Path) -> None:
    async with comparing(app_on(tmp_path)) as (pilot, screen):
        screen.table.focus()
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert len(screen.sides[0]._presenter.conversation.runs[0].steps) == 2


async def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    left = _written(tmp_path / "left.jsonl", EVENTS)
    (tmp_path / "right.jsonl").write_bytes(b"no event")
    settings = Settings(model="offline", data_dir=tmp_path)
    app = TickertapeApp(settings, comparison=opening(left, tmp_path / "right.jsonl"))
    async with comparing(app) as (_pilot, screen):
        assert "no event in it" in shown(screen.sides[1].message_log)


async def test_the_sidebar_puts_a_session_beside_the_one_that_is_open(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("10 + 10")
        first = chat.controller.session.id
        await chat.pilot.press("ctrl+n")
        await chat.ask("10 + 11")
        await chat.indexed()
        chat.screen.post_message(chat.controller.history.CompareRequested(first))
        await chat.until(lambda: isinstance(chat.pilot.app.screen, CompareScreen))
        screen = await read(chat.pilot)
        assert [side.recording.name for side in screen.sides] == [
            f"{chat.controller.session.id}.jsonl",
            f"{first}.jsonl",
        ]
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.pilot.app.screen is chat.screen)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)], ids=str)
def test_a_comparison_looks_like_this(size: tuple[int, int], tmp_path: Path, snap_compare: Any) -> None:
    async def wait(pilot: Pilot[int]) -> None:
        await read(pilot)
        await pilot.press("end")
        await pilot.pause()

    assert snap_compare(app_on(tmp_path, *CHANGED), terminal_size=size, run_before=wait)


def test_a_difference_is_told_from_close_before_where_it_is_each_side_on_one_line() -> None:
    same = "lorem ipsum " * 1_000
    difference = Difference(
        kind=DifferenceKind.TEXT, turn=1, step=2, left=f"{same}left", right=f"{same}right\n\nand more"
    )
    lines = str(told(difference)).splitlines()
    assert lines == [
        "turn 1, step 2: text",
        "left   … lorem ipsum lorem ipsum left",
        "right  … lorem ipsum lorem ipsum right and more",
    ]


async def test_nothing_is_told_of_times_that_a_recording_does_not_tell(tmp_path: Path) -> None:
    left = _written(tmp_path / "left.jsonl", EVENTS)
    right = _written(tmp_path / "right.jsonl", UNDATED)
    settings = Settings(model="offline", data_dir=tmp_path)
    async with comparing(TickertapeApp(settings, comparison=opening(left, right))) as (_pilot, screen):
        rows = [screen.table.row_at(y) for y in range(3)]
        assert "no difference" in screen._status.notice
        assert [bool(row.right.replace("8", "").strip()) for row in rows] == [False, True, False]
