"""The player's bar."""

from collections.abc import Sequence
from math import inf
from typing import Any

import pytest

from agent.reading.marks import SpanKind
from tests.tui.panes.host import Host, shown
from tui.drawing.glyphs import ASCII, UNICODE, Glyphs
from tui.panes.player.bar import PlayerBar, Standing, Stretch, Track

TRACK = Track(
    stretches=[
        Stretch(0.0, 0.1, SpanKind.IDLE),
        Stretch(0.1, 0.3, SpanKind.REASONING),
        Stretch(0.3, 0.55, SpanKind.TOOL),
        Stretch(0.55, 0.8, SpanKind.ANSWER),
        Stretch(0.8, 1.0, SpanKind.IDLE),
    ],
    turns=[0.0, 0.9],
    calls=[0.3, 0.4],
)
STANDING = Standing(time=12_340, length=64_000, event=123, events=456, turn=2, turns=5)


async def lines_of(
    standing: Standing,
    width: int = 100,
    *,
    track: Track = TRACK,
    glyphs: Glyphs = UNICODE,
    height: int = 2,
    hints: Sequence[str] = ("Space play", "t call", "n turn"),
) -> list[str]:
    bar = PlayerBar(glyphs=glyphs)
    bar.styles.height = height
    async with Host(bar).run_test(size=(width, 4)) as pilot:
        bar.track = track
        bar.standing = standing
        bar.hints = hints
        await pilot.pause()
        return shown(bar).splitlines()


async def test_the_track_tells_kinds_marks_and_the_head_without_colour() -> None:
    track, figures = await lines_of(STANDING, 42, hints=())
    assert track == "┃┈┈┈────●───◆═══◆═════━━━━━━━━━━┈┈┈┃┈┈┈┈"
    assert figures.startswith("‖ paused   0:12.3 / 1:04.0  1x")


async def test_in_ascii_every_sign_is_ascii() -> None:
    for line in await lines_of(STANDING, 80, glyphs=ASCII):
        assert line.isascii()


@pytest.mark.parametrize("fraction", [0.0, 0.25, 1.0])
async def test_the_head_is_where_it_stands(fraction: float) -> None:
    track, _ = await lines_of(Standing(time=fraction * 1000, length=1000), 43, track=Track())
    assert track.index("●") == round(fraction * 40)


HINTS = ("Space pause", "← → 5 s", ", . event", "t call", "n turn", "[ ] speed", "i events")


async def test_figures_and_keys_are_left_out_whole() -> None:
    whole = (await lines_of(STANDING, 200, hints=HINTS))[1]
    assert whole.startswith("‖ paused   0:12.3 / 1:04.0  1x  event 123/456  turn 2/5")
    assert whole.endswith("  ".join(HINTS))
    for width in range(12, 140, 3):
        line = (await lines_of(STANDING, width, hints=HINTS))[1]
        assert line.startswith("‖ paused")
        assert all(word in whole.split() for word in line.split())
        _, space, keys = line.partition("Space")
        assert not space or any(keys == "  ".join(HINTS[:count])[5:] for count in range(1, len(HINTS) + 1))


@pytest.mark.parametrize(("width", "keys"), [(44, 1), (50, 2), (60, 2), (80, 4), (100, 4), (120, 6), (140, 7)])
async def test_the_keys_that_are_needed_most_are_seen(width: int, keys: int) -> None:
    line = (await lines_of(STANDING, width, hints=HINTS))[1]
    assert line.endswith("  " + "  ".join(HINTS[:keys]))
    assert "0:12.3 / 1:04.0" in line


async def test_what_counts_on_moves_nothing_beside_it() -> None:
    lines = []
    for time, event in ((0, 0), (59_900, 9), (600_000, 99), (3_599_900, 999), (4_000_000, 1_000)):
        for playing in (False, True):
            standing = Standing(playing=playing, time=time, length=4_000_000, event=event, events=1_000, turns=12)
            lines.append((await lines_of(standing, 120))[1])
    for words in ("1x", "event", "turn", "Space"):
        assert len({line.index(words) for line in lines}) == 1


async def test_pace_limit_and_growth_are_told() -> None:
    standing = Standing(playing=True, length=1000, speed=inf, idle_limit=2_000, live=True)
    line = (await lines_of(standing, 120))[1]
    assert line.startswith("▶ playing  0:00.0 / 0:01.0  ● live  fastest  pauses 2.0 s at most  event 0/0")
    assert "reading 34%" in (await lines_of(Standing(read=0.34), 120))[1]


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(event=9, events=9), "‖ at end"),
        (Standing(event=8, events=9), "‖ paused"),
        (Standing(event=9, events=9, live=True), "‖ paused"),
        (Standing(event=9, events=9, live=True, is_written=False), "‖ paused"),
        (Standing(event=9, events=9, read=0.5), "‖ paused"),
        (Standing(event=9, events=9, playing=True), "▶ playing"),
        (Standing(), "‖ paused"),
    ],
)
async def test_the_end_is_told_where_no_more_will_come(standing: Standing, state: str) -> None:
    assert (await lines_of(standing, 60))[1].startswith(state)


async def test_one_line_holds_both() -> None:
    (line,) = await lines_of(STANDING, 60, height=1)
    assert line.startswith("‖ paused  0:12.3 / 1:04.0 ┃")
    assert line.endswith(" Space play")
    assert "●" in line
    (narrow,) = await lines_of(STANDING, 46, height=1)
    assert "Space" not in narrow
    assert "●" in narrow


async def test_marks_are_left_out_where_they_would_crowd() -> None:
    many = Track(turns=[number / 100 for number in range(100)], calls=[0.5])
    track, _ = await lines_of(Standing(), 60, track=many)
    assert "┃" not in track
    assert "◆" in track


async def test_only_what_is_seen_to_change_repaints() -> None:
    bar = PlayerBar()
    async with Host(bar).run_test(size=(80, 4)) as pilot:
        bar.standing = STANDING
        await pilot.pause()
        painted = []
        bar.refresh = lambda *regions, **options: painted.append(regions) or bar  # type: ignore[method-assign, func-returns-value]
        bar.standing = Standing(time=12_341, length=64_000, event=123, events=456, turn=2, turns=5)
        assert painted == []
        bar.standing = Standing(time=12_440, length=64_000, event=123, events=456, turn=2, turns=5)
        assert len(painted) == 1


def test_the_bar_looks_as_it_should(snap_compare: Any) -> None:
    bars = [PlayerBar(), PlayerBar(), PlayerBar(glyphs=ASCII)]

    async def fill(pilot: Any) -> None:
        for number, bar in enumerate(bars):
            bar.track = TRACK
            bar.hints = ("Space play", "t call", "n turn")
            bar.standing = Standing(
                playing=number == 1, time=number * 20_000, length=64_000, event=123, events=456, turn=2, turns=5
            )
        await pilot.pause()

    assert snap_compare(Host(*bars), terminal_size=(90, 8), run_before=fill)
