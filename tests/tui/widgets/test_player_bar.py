"""The player's bar."""

from math import inf
from typing import Any

import pytest

from agent.marks import SpanKind
from tests.tui.widgets.host import Host, shown
from tui.rendering.glyphs import ASCII, UNICODE, Glyphs
from tui.widgets.player_bar import PlayerBar, Standing, Stretch, Track, stamp

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
    standing: Standing, width: int = 100, *, track: Track = TRACK, glyphs: Glyphs = UNICODE, height: int = 2
) -> list[str]:
    bar = PlayerBar(glyphs=glyphs)
    bar.styles.height = height
    async with Host(bar).run_test(size=(width, 4)) as pilot:
        bar.track = track
        bar.standing = standing
        bar.hints = ("Space play", "t call", "n turn")
        await pilot.pause()
        return shown(bar).splitlines()


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "0:00.0"), (12_340, "0:12.3"), (64_000, "1:04.0"), (3_723_456, "1:02:03.4"), (-5, "0:00.0")],
)
def test_moments_are_told_to_a_tenth_of_a_second(ms: float, words: str) -> None:
    assert stamp(ms) == words


async def test_the_track_tells_kinds_marks_and_the_head_without_colour() -> None:
    track, figures = await lines_of(STANDING, 42)
    assert track == "┃┈┈┈────●───◆═══◆═════━━━━━━━━━━┈┈┈┃┈┈┈┈"
    assert figures.startswith("‖ paused  0:12.3 / 1:04.0  1x")


async def test_in_ascii_every_sign_is_ascii() -> None:
    for line in await lines_of(STANDING, 80, glyphs=ASCII):
        assert line.isascii()


@pytest.mark.parametrize("fraction", [0.0, 0.25, 1.0])
async def test_the_head_is_where_it_stands(fraction: float) -> None:
    track, _ = await lines_of(Standing(time=fraction * 1000, length=1000), 43, track=Track())
    assert track.index("●") == round(fraction * 40)


async def test_parts_are_left_out_whole_where_there_is_no_room() -> None:
    whole = (await lines_of(STANDING, 120))[1]
    assert whole.startswith("‖ paused  0:12.3 / 1:04.0  1x  event 123/456  turn 2/5")
    assert whole.endswith("Space play  t call  n turn")
    for width in range(12, 120, 9):
        line = (await lines_of(STANDING, width))[1]
        assert line.startswith("‖ paused")
        assert all(word in whole.split() for word in line.split())


async def test_pace_limit_and_growth_are_told() -> None:
    standing = Standing(playing=True, length=1000, speed=inf, idle_limit=2_000, live=True)
    line = (await lines_of(standing, 120))[1]
    assert line.startswith("▶ playing  0:00.0 / 0:01.0  ● live  fastest  pauses 2.0 s at most")
    assert "reading 34%" in (await lines_of(Standing(read=0.34), 120))[1]


async def test_one_line_holds_both() -> None:
    (line,) = await lines_of(STANDING, 60, height=1)
    assert line.startswith("‖ paused 0:12.3 / 1:04.0 ┃")
    assert "●" in line


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
