"""The line at the foot."""

from typing import Any

import pytest
from textual.pilot import Pilot

from agent.events.types import TokenUsage
from tests.tui.panes.host import Host, shown
from tests.tui.panes.script import Script, arithmetic
from tui.panes.status.bar import StatusBar


def streaming() -> Script:
    """A run in mid-stream with tool and answer tokens."""
    script = arithmetic()
    return script.text(["The ", "answer ", "is "] * 10).wait(100)


async def bar_of(script: Script | None, width: int, *, hint: str = "Esc cancel") -> str:
    bar = StatusBar()
    async with Host(bar).run_test(size=(width, 3)):
        bar.model = "offline"
        bar.hint = hint
        bar.update_run(script.run if script else None, script.now if script else 0)
        return shown(bar)


async def test_a_run_in_mid_stream() -> None:
    line = await bar_of(streaming(), 140)
    assert line.startswith("● streaming  offline  step 3/10  first token 0.31 s  50 tok/s ▁")
    assert "▆  ~42 tokens (12 tool, 30 answer)  0:02   " in line
    assert line.endswith(" Esc cancel")


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ({"inputTokens": 900, "outputTokens": 100, "contextWindow": 4_000}, "context 25%"),
        ({"inputTokens": 9_000, "contextWindow": 4_000}, "context 100%"),
        ({"inputTokens": 900}, ""),
        ({"inputTokens": "900", "contextWindow": 4_000}, ""),
        ({"inputTokens": 900, "contextWindow": 0}, ""),
    ],
)
async def test_how_full_the_window_is_is_told_where_both_are_known(usage: dict[str, Any], words: str) -> None:
    script = streaming()
    script.run.steps[0].usage = usage
    line = await bar_of(script, 160)
    assert (words in line) if words else ("context" not in line)


@pytest.mark.parametrize("width", range(20, 130, 7))
async def test_parts_are_left_out_whole_and_nothing_is_cut(width: int) -> None:
    line = await bar_of(streaming(), width)
    assert line.startswith("● streaming")
    assert len(line) <= width
    whole = await bar_of(streaming(), 140)
    assert all(word in whole for word in line.split())


async def test_less_room_leaves_the_more_important() -> None:
    script = streaming()
    wide, middle, narrow = [await bar_of(script, width) for width in (120, 80, 60)]
    assert "first token" in wide
    assert "tokens" in middle
    assert "offline" not in middle
    assert "step 3/10" in narrow
    assert "tok/s" in narrow
    assert narrow.endswith("Esc cancel")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("none", "○ ready"),
        ("asked", "● waiting for the model"),
        ("reasoning", "● reasoning"),
        ("writing", "● streaming"),
        ("ready", "● running add"),
        ("running", "● running 2 tools"),
        ("asking", "? delete asks"),
        ("answered", "✓ answered"),
        ("cancelled", "■ cancelled"),
        ("iteration_limit", "✗ out of steps"),
        ("truncated", "✗ cut short"),
        ("model_error", "✗ model failed"),
        ("unavailable", "✗ not asked"),
        ("internal_error", "✗ internal error"),
        ("interrupted", "■ interrupted"),
    ],
)
async def test_each_state_has_a_sign_and_a_word(state: str, words: str) -> None:
    assert (await bar_of(in_state(state), 100)).startswith(words)


async def test_what_is_waited_for_is_named_where_it_has_a_name() -> None:
    script = Script().ask("?", model="agent:mine.py:graph")
    assert (await bar_of(script, 100)).startswith("● waiting for the agent")
    assert (await bar_of(script.node("hang"), 100)).startswith("● waiting for hang")
    assert (await bar_of(Script().ask("?").step("plan"), 100)).startswith("● waiting for plan")


def in_state(state: str) -> Script | None:
    script = Script().ask("?")
    match state:
        case "none":
            return None
        case "asked":
            return script.step()
        case "reasoning":
            return script.step().reason(["Let me"])
        case "writing":
            return script.step().write(script.call("add"), ["{"])
        case "ready":
            return script.step().end(script.call("add"))
        case "running":
            return script.step().start_tool(script.call("add")).start_tool(script.call("add"))
        case "asking":
            return script.step().ask_approval(script.call("delete"))
        case "answered":
            return script.answered("x")
    return script.failed(state, "reason")


async def test_the_exact_count_replaces_the_estimate() -> None:
    script = streaming()
    assert "~42 tokens" in await bar_of(script, 140)
    script.answered("x", output_tokens=1_061)
    line = await bar_of(script, 140)
    assert "1,061 tokens (~12 tool, ~30 answer)" in line


async def test_a_run_that_was_cut_has_no_exact_count() -> None:
    script = streaming()
    script.failed("cancelled", "reason")
    assert "~42 tokens" in await bar_of(script, 140)


async def test_pieces_of_others_are_counted_as_what_they_are() -> None:
    script = streaming()
    script.run.has_tokens = False
    assert "50 pieces/s ▁" in (line := await bar_of(script, 140))
    assert "  42 pieces  0:02" in line
    assert "tok" not in line.removeprefix("● streaming  offline  step 3/10  first token")
    script.answered("it", output_tokens=88)
    script.run.usage += (TokenUsage(input_tokens=1_200),)
    assert "  1,200 tokens in, 88 tokens out  " in await bar_of(script, 140)


async def test_an_answered_run_says_what_went_wrong_in_it() -> None:
    script = streaming()
    script.run.state_problems = ("replace /steps: there is no such place",)
    script.answered("it")
    assert (await bar_of(script, 140)).startswith("✓ answered, 1 change did not apply  ")


async def test_a_notice_takes_the_place_of_the_figures() -> None:
    bar = StatusBar()
    async with Host(bar).run_test(size=(30, 3)):
        bar.hint = "Esc"
        bar.notice = "Copied [b]everything[/b] to the clipboard"
        assert shown(bar) == "Copied [b]everything[/b] to…"  # the keys can be read again when it is gone
        bar.notice = ""
        assert shown(bar) == "○ ready                  Esc"


async def test_a_trouble_is_told_for_as_long_as_it_lasts_but_for_the_moment_of_a_notice() -> None:
    bar = StatusBar()
    async with Host(bar).run_test(size=(60, 3)):
        bar.trouble = "Not saved: No space left on device"
        assert "! Not saved: No space left on device" in shown(bar)
        bar.notice = "Copied row, 3 characters"
        assert "Not saved" not in shown(bar)
        bar.notice = ""
        assert "Not saved" in shown(bar)
        bar.trouble = ""
        assert "ready" in shown(bar)


async def test_nothing_is_painted_when_nothing_changed() -> None:
    script = streaming()
    bar = StatusBar()
    async with Host(bar).run_test(size=(80, 3)) as pilot:
        bar.update_run(script.run, script.now)
        await pilot.pause()
        bar._repaint_required = False
        bar.update_run(script.run, script.now + 1)
        bar.hint = bar.hint
        bar.notice = bar.notice
        assert not bar._repaint_required


@pytest.mark.parametrize("width", [120, 80, 60])
def test_the_status_bar_looks_as_it_should(width: int, snap_compare: Any) -> None:
    bars = [StatusBar() for _ in range(7)]
    states = [None, "asked", "streaming", "running", "asking", "cancelled", "model_error"]

    async def fill(_pilot: Pilot[None]) -> None:
        for bar, state in zip(bars, states, strict=True):
            script = streaming() if state == "streaming" else in_state(state or "none")
            bar.model = "offline"
            bar.hint = "Esc cancel" if state == "streaming" else "F1 help"
            bar.update_run(script.run if script else None, script.now + 900 if script else 0)

    assert snap_compare(Host(*bars), terminal_size=(width, 7), run_before=fill)


async def test_the_model_that_is_next_is_not_told_of_the_turn_that_another_answered() -> None:
    bar, script = StatusBar(), streaming()
    script.run.model = "own:first"
    async with Host(bar).run_test(size=(140, 3)):
        bar.update_run(script.run, script.now)
        bar.model = "own:next"
        assert "own:first" in shown(bar)
        bar.update_run(None, script.now)
        assert "own:next" in shown(bar)
