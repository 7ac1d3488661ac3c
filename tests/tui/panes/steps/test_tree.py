"""The tree of tool calls: what is drawn, folded, followed, selected and copied."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.counting import function_calls
from tests.tui.panes.host import Host, shown
from tests.tui.panes.script import Script, arithmetic
from tests.tui.settling import until
from tui.panes.steps import tree as tool_tree
from tui.panes.steps.call import PARSE_PAUSE
from tui.panes.steps.tree import ToolTree


def calls(count: int, *, steps: int = 1) -> Script:
    """A finished run with so many calls in each step."""
    script = Script().ask("Add up")
    for _ in range(steps):
        script.step()
        for number in range(count):
            script.whole_call(f"add{number}", '{"x": 1}', "2")
    return script.answered("done")


@asynccontextmanager
async def tree_of(
    script: Script, *, size: tuple[int, int] = (44, 24)
) -> AsyncIterator[tuple[ToolTree, Pilot[None], Host]]:
    tree = ToolTree()
    app = Host(tree)
    async with app.run_test(size=size) as pilot:
        tree.now = script.now
        tree.show(script.conversation.runs)
        await pilot.pause()
        yield tree, pilot, app


async def test_the_arguments_fill_in_as_they_are_written() -> None:
    script = Script().ask("What is 3 + 4?").step()
    call = script.call("add")
    async with tree_of(script) as (tree, _pilot, _app):
        for piece, line in [('{"x', "x▌"), ('": 3', "x: 3▌"), (', "y": 4', "y: 4▌")]:
            script.write(call, [piece])
            tree.update_run(script.run)
            assert shown(tree).splitlines()[-1].strip() == line
        script.write(call, ["}"]).end(call).start_tool(call).result(call, "7")
        tree.update_run(script.run)
        assert [line.strip() for line in shown(tree).splitlines()[-3:]] == ["x: 3", "y: 4", "→ 7"]
        assert shown(tree).splitlines()[2].endswith("✓  1 ms")


async def test_an_empty_tree_says_what_belongs_there() -> None:
    tree = ToolTree(empty_text="Nothing [b]yet[/b]")
    async with Host(tree).run_test(size=(40, 5)):
        assert shown(tree) == "Nothing [b]yet[/b]"


async def test_the_end_is_followed_until_the_user_moves_away_and_again_at_the_end() -> None:
    script = Script().ask("?").step()
    async with tree_of(script, size=(44, 10)) as (tree, pilot, _app):

        def grow() -> None:
            script.whole_call("add", '{"x": 1}', str(len(script.run.calls)))
            tree.update_run(script.run)

        tree.fold_policy = "none"
        for _ in range(4):
            grow()
        assert shown(tree).endswith("→ 3")
        await pilot.press("up", "up")
        before = shown(tree)
        assert not tree.following
        grow()
        assert shown(tree) == before
        await pilot.press("end")
        assert tree.following
        grow()
        assert shown(tree).endswith("→ 5")
        tree.scroll_to(y=0, animate=False)
        grow()
        assert tree.scroll_y == 0
        tree.scroll_end(animate=False)
        await pilot.pause()
        grow()
        assert shown(tree).endswith("→ 7")


async def test_what_is_read_stays_in_its_place_when_something_above_folds() -> None:
    script = Script().ask("?").step()
    script.whole_call("first", '{"a": 1}', "1")
    script.whole_call("second", '{"a": 1}', "2")
    script.step()
    script.whole_call("third", '{"b": 1}', "3")
    script.whole_call("fourth", '{"b": 1}', "4")
    script.whole_call("fifth", '{"b": 1}', "5")
    async with tree_of(script, size=(44, 8)) as (tree, pilot, _app):
        tree.scroll_to(y=9, animate=False)
        await pilot.pause()
        before = shown(tree)
        assert before.splitlines()[0].strip().startswith("▼ third")
        script.step()  # at the end, the policy would fold step 2
        script.whole_call("sixth", "{}", "6")
        tree.update_run(script.run)
        assert shown(tree) == before
        tree._fold((script.run.id, 1), True)
        assert shown(tree) == before
        tree.scroll_end(animate=False)
        await pilot.pause()
        tree.update_run(script.run)
        assert "step 2  Ran 3" in shown(tree)


async def test_keys_fold_unfold_and_walk() -> None:
    script = arithmetic()
    async with tree_of(script) as (tree, pilot, _app):
        tree.focus()
        await pilot.press("home", "down", "down")
        await pilot.press("left")
        assert "▶ add  → 7" in shown(tree)
        await pilot.press("right", "right")
        assert "▼ add" in shown(tree)
        await pilot.press("left", "space")
        assert "▶ add" in shown(tree)
        await pilot.press("left", "space")
        assert "▶ step 1  Ran 2" in shown(tree)
        script.write(script.run.calls[-1].id, ["24"])
        tree.update_run(script.run)
        assert "▶ step 1  Ran 2" in shown(tree)
        await pilot.press("home", "left")
        assert len(shown(tree).splitlines()) == 1
        await pilot.press("pagedown", "pageup", "right")
        assert "▶ step 1" in shown(tree)


async def test_folding_all_folds_and_unfolds_what_there_is() -> None:
    script = calls(2)
    script.ask("More").step()
    script.whole_call("add", '{"x": 1}', "2")
    async with tree_of(script) as (tree, _pilot, _app):
        assert "▶ Add up" in shown(tree)
        tree.action_fold_all()
        assert "Ran 1" in shown(tree)
        tree.action_fold_all()
        assert shown(tree).count("x: 1") == 3


async def test_enter_and_a_double_click_open_a_call_and_a_run() -> None:
    script = arithmetic()
    async with tree_of(script) as (tree, pilot, app):
        tree.focus()
        await pilot.press("home", "enter", "down", "down", "down", "enter")
        await pilot.pause()
        run, call = app.posted
        assert isinstance(run, ToolTree.RunSelected)
        assert run.run is script.run
        assert isinstance(call, ToolTree.CallSelected)
        assert call.call is script.run.calls[0]
        await pilot.click(tree, offset=(8, 7), times=2)
        await pilot.pause()
        opened = app.posted[-1]
        assert isinstance(opened, ToolTree.CallSelected)
        assert opened.call.name == "exponentiate"


async def test_a_click_on_the_fold_sign_folds() -> None:
    async with tree_of(arithmetic()) as (tree, pilot, _app):
        await pilot.click(tree, offset=(4, 2))
        assert "▶ step 1" in shown(tree)
        await pilot.click(tree, offset=(20, 2))
        assert "▶ step 1" in shown(tree)


async def test_y_asks_to_copy_what_is_under_the_cursor() -> None:
    async with tree_of(arithmetic()) as (tree, pilot, app):
        tree.focus()
        await pilot.press("home", "y", "down", "down", "y", "down", "down", "down", "y")
        await pilot.pause()
        copied = [(message.text, message.what) for message in app.posted if isinstance(message, ToolTree.CopyRequested)]
        assert copied == [
            ("What is (3 + 4) * 2^5?", "question"),
            ('{"x": 3, "y": 4}', "arguments of add"),
            ("7", "result of add"),
        ]


async def test_calls_are_walked_through_wherever_they_are() -> None:
    script = calls(2, steps=2)
    script.ask("More").step()
    script.whole_call("last", "{}", "2")
    async with tree_of(script) as (tree, pilot, app):
        names = []
        for _ in range(3):
            tree.action_previous_call()
            tree.action_open()
        await pilot.pause()
        names = [message.call.name for message in app.posted if isinstance(message, ToolTree.CallSelected)]
        assert names == ["last", "add1", "add0"]


async def test_revealing_a_run_unfolds_it_and_scrolls_to_it() -> None:
    script = Script()
    for number in range(20):
        script.ask(f"Question {number}").step()
        script.whole_call("add", '{"x": 1}', "2")
        script.answered("x")
    async with tree_of(script, size=(44, 12)) as (tree, _pilot, _app):
        tree.reveal(script.conversation.runs[3].id)
        assert shown(tree).splitlines()[0].startswith("▼ Question 3")
        assert "x: 1" in shown(tree)
        assert not tree.following
        tree.reveal("no such run")


async def test_a_spinner_turns_only_while_a_call_runs() -> None:
    script = Script().ask("?").step()
    call = script.call("slow")
    async with tree_of(script) as (tree, pilot, _app):
        timers = len(tree._timers)
        script.end(call).start_tool(call)
        tree.update_run(script.run)
        assert len(tree._timers) == timers + 1
        before = shown(tree)
        tree._spin()
        assert shown(tree) != before
        tree.now = script.now + 2_300
        assert "2.3 s" in shown(tree)
        script.result(call, "x")
        tree.update_run(script.run)
        await pilot.pause()
        assert len(tree._timers) == timers


async def test_late_arguments_are_shown_although_nothing_more_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(tool_tree, "monotonic", lambda: now)
    script = Script().ask("?").step()
    call = script.call("write")
    script.write(call, ['{"text": "' + "x" * 30_000])
    async with tree_of(script) as (tree, pilot, _app):
        script.write(call, [" THE END"])
        tree.update_run(script.run)
        assert "THE END" not in shown(tree)
        now += PARSE_PAUSE
        await until(pilot, lambda: "THE END" in shown(tree))


async def test_the_cost_of_an_update_does_not_grow_with_past_runs() -> None:
    async def cost(past: int) -> int:
        script = Script()
        for number in range(past):
            script.ask(f"Question {number}").step()
            script.whole_call("add", '{"x": 1}', "2")
            script.answered("x")
        script.ask("Now").step()
        call = script.call("add")
        async with tree_of(script) as (tree, _pilot, _app):
            script.write(call, ["1"])
            return function_calls(lambda: tree.update_run(script.run))

    assert await cost(300) < await cost(1) * 2


async def test_a_resize_and_a_theme_change_keep_the_place() -> None:
    async with tree_of(arithmetic()) as (tree, pilot, app):
        tree.focus()
        await pilot.press("home", "down")
        await pilot.resize_terminal(30, 12)
        app.theme = "textual-light"
        await pilot.pause()
        assert shown(tree).splitlines()[0].startswith("▼ What is (3 +")


async def test_what_is_shown_before_the_first_layout_is_there_after_it() -> None:
    script = arithmetic()
    tree = ToolTree()
    tree.show(script.conversation.runs)
    tree.fold_policy = "none"
    tree.update_run(script.run)
    async with Host(tree).run_test(size=(44, 10)) as pilot:
        await pilot.pause()
        assert shown(tree).splitlines()[-1].strip().endswith("▌")
        assert tree.following


async def test_the_cursor_is_seen_with_and_without_the_focus() -> None:
    async with tree_of(arithmetic()) as (tree, pilot, _app):
        tree.focus()
        await pilot.press("home")

        def background(y: int) -> object:
            style = next(iter(tree.render_line(y))).style
            return style and style.bgcolor

        focused = background(0)
        assert focused != background(1)
        tree.blur()
        await pilot.pause()
        assert background(0) not in (focused, background(1))


async def test_folding_far_down_leaves_no_empty_screen() -> None:
    script = calls(4, steps=5)
    async with tree_of(script, size=(44, 10)) as (tree, pilot, _app):
        tree.fold_policy = "none"
        tree.focus()
        await pilot.press("end", "up", "up")
        tree.action_fold_all()
        await pilot.pause()
        assert shown(tree).count("step") == 5


def states() -> Script:
    """A run with a call in every state."""
    script = Script().ask("Do everything at once").wait(300).step()
    script.whole_call("add", '{"x": 3, "y": 4}', "7", ms=1)
    script.whole_call("divide", '{"x": 10, "y": 0}', "division by zero", ms=3, error=True)
    asking = script.call("delete_file")
    script.write(asking, ['{"path": "/tmp/[b]x", "force": true}']).end(asking).ask_approval(asking)
    running = script.call("search")
    script.write(running, ['{"query": null, "limits": {"rows": 10, "tags": ["a"]}}']).end(running).start_tool(running)
    ready = script.call("now")
    script.write(ready, ["{}"]).end(ready)
    writing = script.call("write_file")
    script.write(writing, ['{"path": "a.py", "text": "' + "print(1)\\n" * 200])
    return script


@pytest.mark.parametrize("ending", ["live", "cancelled", "failed", "answered", "folded"])
def test_the_tree_looks_as_it_should(ending: str, snap_compare: Any) -> None:
    script = arithmetic() if ending == "answered" else states()
    if ending == "cancelled":
        script.failed("cancelled", "You cancelled this run.")
    elif ending == "failed":
        script.failed("model_error", "The model's server closed the connection after 3 of 12 fragments.")
    elif ending == "answered":
        last = script.run.calls[-1].id
        script.write(last, ['24."}']).end(last).result(last, "224").answered("224")
    tree = ToolTree(fold_policy="all" if ending == "folded" else "none")

    async def fill(_pilot: Pilot[None]) -> None:
        tree.now = script.now + 1_200
        tree.spins_with_now = True  # a picture stands still
        tree.show(script.conversation.runs)

    assert snap_compare(Host(tree), terminal_size=(48, 44), run_before=fill)


def test_the_empty_tree_looks_as_it_should(snap_compare: Any) -> None:
    assert snap_compare(Host(ToolTree()), terminal_size=(48, 6))


async def test_arguments_that_grow_lay_nothing_out_while_the_bar_stays_as_it_is() -> None:
    script, tree = Script(), ToolTree()
    script.ask("Why?").step()
    call = script.call("add")
    app = Host(tree)
    async with app.run_test(size=(40, 12)) as pilot:
        layouts: list[object] = []
        app.screen.screen_layout_refresh_signal.subscribe(app, layouts.append, immediate=True)

        async def grow(first: int, last: int) -> int:
            layouts.clear()
            for number in range(first, last):
                script.write(call, ["{" if not number else "", f'"n{number}": {number}, '])
                tree.update_run(script.run)
                await pilot.pause()
            return len(layouts)

        await grow(0, 2)
        assert await grow(2, 4) == 0
        assert 0 < await grow(4, 20) < 6  # the bar came
        assert tree.show_vertical_scrollbar
        assert tree.following
        assert await grow(20, 24) == 0
        assert tree.scroll_offset.y == tree.max_scroll_y
        assert "n23: 23" in shown(tree)
