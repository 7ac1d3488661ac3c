"""The waterfall: every fragment is in a cell, the cursor is a moment, and it can be zoomed and walked."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from agent.recordings.timing import SpanKind, Stream, TimeSpan, timing_of
from tests.agent.strategies import FEWER, conversations
from tests.tui.panes.host import Host, shown
from tests.tui.panes.script import Script
from tui.drawing.glyphs import ASCII, UNICODE, Glyphs
from tui.panes.waterfall.axis import axis
from tui.panes.waterfall.pane import Waterfall
from tui.panes.waterfall.rows import Line, lines_of, row_of
from tui.panes.waterfall.scale import Scale


@given(st.floats(0, 1e13), st.floats(1, 1e7), st.integers(1, 300), st.data())
def test_every_moment_of_a_scale_is_in_one_of_its_cells(
    start: float, span: float, width: int, data: st.DataObject
) -> None:
    scale = Scale(start=start, end=start + span, width=width)
    moment = data.draw(st.floats(scale.start, scale.end))
    assert 0 <= scale.cell_of(moment) < width


@given(st.floats(1, 1e6), st.floats(0.1, 10), st.floats(0, 1), st.lists(st.sampled_from([0.5, 2.0]), max_size=30))
def test_no_zoom_leaves_the_whole_or_loses_the_moment(
    span: float, factor: float, share: float, zooms: list[float]
) -> None:
    whole = scale = Scale(start=1_000.0, end=1_000.0 + span, width=80)
    moment = whole.start + share * span
    for zoom in zooms:
        scale = scale.zoomed(zoom, moment, whole)
        assert whole.start - 1e-6 <= scale.start <= moment + 1e-6
        assert moment - 1e-6 <= scale.end <= whole.end + 1e-6


@FEWER
@given(conversations(), st.integers(1, 120), st.sampled_from([UNICODE, ASCII]))
def test_a_line_is_as_wide_as_its_cells_whatever_it_tells(events: list[ev.Event], width: int, glyphs: Glyphs) -> None:
    for run in Conversation(events).runs:
        turn = timing_of(run)
        scale = Scale(start=turn.start, end=max(turn.end or 0.0, turn.start + 1.0), width=width)
        for line in lines_of(turn):
            row = row_of(line, scale, label=14, moment=turn.start, glyphs=glyphs)
            assert cell_len("".join(span.text for span in row.spans)) == 14 + 1 + width


def test_a_pause_out_of_proportion_is_marked_where_it_was() -> None:
    moments = [*range(0, 1_000, 100), *range(5_000, 6_000, 100)]
    stalled = [float(moment) for moment in moments]
    span = TimeSpan(kind=SpanKind.TEXT, name="", start=0.0, end=6_000.0, stream=Stream(stalled))
    row = row_of(
        Line(span, 0),
        Scale(start=0.0, end=6_000.0, width=12),
        label=4,
        moment=None,
        glyphs=ASCII,
    )
    track = "".join(part.text for part in row.spans)[-12:]
    assert track[:2].count("!") == 0
    assert "!!!!!!" in track
    assert track[-2:].count("!") == 0


def _turn() -> Run:
    script = Script().ask("Where does the time go?").step()
    call = script.call("look_up")
    script.write(call, ['{"what"', ": ", '"time"', ', "where"', ": ", '"here"}'], pause=40)
    return script.run


async def test_what_a_model_wrote_stands_in_lines_under_its_step() -> None:
    pane = Waterfall(glyphs=ASCII)
    async with Host(pane).run_test(size=(80, 12)) as pilot:
        pane.show(_turn(), None)
        await pilot.pause()
        names = [line[:20].strip() for line in shown(pane).splitlines()]
    assert names == ["Where does the tim~", "step 1", "look_up", "what", "where"]


async def test_a_turn_that_goes_on_reaches_until_now_and_grows() -> None:
    pane, script = Waterfall(glyphs=ASCII), Script().ask("Where does the time go?").step()
    async with Host(pane).run_test(size=(80, 12)) as pilot:
        pane.show(script.run, None, now=script.now + 2_000)
        await pilot.pause()
        assert shown(pane).splitlines()[-1].endswith("2.0 s")
        script.write(script.call("look_up"), ['{"what": 1'], pause=40)
        pane.show(script.run, None, now=script.now)
        await pilot.pause()
        names = [line[:20].strip() for line in shown(pane).splitlines()]
    assert names == ["Where does the tim~", "step 1", "look_up", "what"]


async def test_signs_that_are_seen_are_explained() -> None:
    pane = Waterfall(glyphs=ASCII)
    script = Script().ask("Where does the time go?").step()
    call = script.call("look_up")
    script.write(call, ['{"what"', ": ", '"time"'], pause=40)
    async with Host(pane).run_test(size=(120, 12)) as pilot:
        pane.show(script.run, None)
        await pilot.pause()
        assert pane.legend == ["-# tokens", ". no token"]
        script.write(call, ["}"], pause=4_000)
        pane.show(script.run, None)
        await pilot.pause()
        assert pane.legend == ["-# tokens", ". no token", "! stall"]
        script.run.has_tokens = False  # what a program tells that is not ours
        assert pane.legend == ["-# pieces", ". no piece", "! stall"]
        assert "4 pieces" in pane.told


@given(st.floats(0, 1e13), st.floats(1, 1e9), st.integers(20, 300), st.floats(0, 1))
def test_marks_stand_at_the_cells_of_their_moments(start: float, span: float, width: int, share: float) -> None:
    scale = Scale(start=start + share * span, end=start + (1 + share) * span, width=width)
    track = axis(scale, start, None, label=0, glyphs=ASCII)[1:]
    assert len(track) <= width
    for found in re.finditer(r"'([\d.:]+)( s)?", track):
        *larger, seconds = found[1].split(":")
        told = float(seconds) + sum(int(part) * 60 ** (place + 1) for place, part in enumerate(reversed(larger)))
        assert abs(scale.cell_of(start + told * 1_000) - found.start()) <= 1


async def test_an_empty_waterfall_says_what_belongs_there() -> None:
    pane = Waterfall()
    async with Host(pane).run_test(size=(60, 6)) as pilot:
        pane.show(None, None)
        await pilot.pause()
        assert "Where a turn's time goes" in shown(pane)


class _Choosing(Host):
    """Keeps the moments that were chosen."""

    def __init__(self, pane: Waterfall) -> None:
        super().__init__(pane)
        self.moments: list[float] = []

    def on_waterfall_moment_selected(self, message: Waterfall.MomentSelected) -> None:
        self.moments.append(message.moment)


async def test_keys_walk_in_time_and_zoom_makes_the_steps_smaller() -> None:
    pane, run = Waterfall(glyphs=ASCII), _turn()
    app = _Choosing(pane)
    async with app.run_test(size=(80, 12)) as pilot:
        pane.show(run, run.started)
        pane.focus()
        await pilot.press("right")
        pane.show(run, app.moments[-1])
        await pilot.press("plus", "plus", "right", "left")
        wide, close = app.moments[0] - run.started, app.moments[1] - app.moments[0]
        assert 0 < close < wide
        await pilot.press("minus", "minus", "minus", "right")
        assert abs((app.moments[-1] - app.moments[0]) - wide) < 1e-3
        await pilot.press("home", "down", "down", "enter")
    assert app.moments[-1] == run.calls[0].started


async def test_a_click_chooses_the_moment_under_it() -> None:
    pane, run = Waterfall(glyphs=ASCII), _turn()
    app = _Choosing(pane)
    async with app.run_test(size=(80, 12)) as pilot:
        pane.show(run, run.started)
        await pilot.pause()
        track = shown(pane).splitlines()[4]
        first = min(track.find(sign) for sign in ASCII.spark[1:] if sign in track)
        await pilot.click(pane, offset=(first, 4))
    times = run.calls[0].fragments.times
    assert times[2] <= app.moments[-1] <= times[-1]
