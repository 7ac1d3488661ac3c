"""Finding in the tree: what is marked, and which rows come into view."""

import json
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.theme import Theme

from agent.conversation.finding import Hit, HitKind
from tests.tui.panes.found import find, marked, searched
from tests.tui.panes.host import Host, shown
from tests.tui.panes.steps.test_tree import calls, tree_of
from tests.tui.panes.talk import Talk, turns
from tui.app.themes import DARK, LIGHT
from tui.panes.steps.tree import ToolTree

MATCH, CURRENT = "tool-tree--match", "tool-tree--match-current"
CURSOR = "rows--cursor"


async def test_what_others_wrote_is_marked_and_words_of_the_tree_are_not() -> None:
    talk = Talk()
    talk.ask("step 1?").step()
    talk.whole_call("step", '{"step": "a step"}', "step\nby step", error=True)
    talk.failed("model_error", "no step")
    async with tree_of(talk) as (tree, _pilot, _app):
        tree.highlight("STEP")
        assert marked(tree, MATCH) == ["step", "step", "stepstep", "step", "step", "step"]
        assert "step 1" in shown(tree).splitlines()[1]
        tree.highlight("ms")
        assert "ms" in shown(tree)
        assert not marked(tree, MATCH)
        tree.highlight(None)
        assert not marked(tree, MATCH)


async def test_only_what_is_drawn_of_a_match_is_marked() -> None:
    talk = Talk()
    talk.ask("a question that is longer than the row is wide, on its 0 ms")
    async with tree_of(talk, size=(34, 10)) as (tree, _pilot, _app):
        assert "question that is…" in shown(tree)
        tree.highlight("that is longer")
        assert marked(tree, MATCH) == ["that is"]
        tree.highlight("0 ms")
        assert not marked(tree, MATCH)


@pytest.mark.parametrize(
    ("query", "kind", "row"),
    [
        ("go", HitKind.TOOL, "▶ go"),
        ("needle", HitKind.ARGUMENTS, "b: needle"),
        ("straw", HitKind.RESULT, "→ straw"),
    ],
)
async def test_a_hit_in_a_call_unfolds_what_hides_it(query: str, kind: HitKind, row: str) -> None:
    talk = Talk()
    talk.ask("Find")
    talk.step().whole_call("go", '{"a": 1, "b": "needle"}', "straw")
    talk.answered()
    later = turns(3)
    async with tree_of(talk, size=(44, 12)) as (tree, pilot, _app):
        tree.show([talk.run, *later.conversation.runs[1:]])
        tree.fold_policy = "all"
        assert query not in shown(tree)
        hit = next(hit for hit in find(talk, query) if hit.kind is kind)
        tree.highlight(query)
        tree.reveal_hit(hit)
        await pilot.pause()
        assert marked(tree, CURRENT) == [query]
        line = next(line for line in shown(tree).splitlines() if query in line.replace('"', ""))
        assert line.replace('"', "").strip().startswith(row)


async def test_each_match_in_the_arguments_is_gone_to_also_in_folded_branches() -> None:
    talk = Talk()
    talk.ask("Find")
    value = {
        "first": "x1 x2",
        "many": {f"k{number}": f"v{number} x{number + 3}" for number in range(9)},
        "code": "a\nx12",
    }
    talk.step().whole_call("go", json.dumps(value), "x13")
    async with tree_of(talk, size=(60, 30)) as (tree, pilot, _app):
        assert "many: 9 keys" in shown(tree)
        tree.highlight("x")
        hits = [hit for hit in find(talk, "x") if hit.kind is HitKind.ARGUMENTS]
        assert len(hits) == 12
        tree.reveal_hit(hits[1])
        assert "many: 9 keys" in shown(tree)  # not unfolded without need
        for number, hit in enumerate(hits, 1):
            tree.reveal_hit(hit)
            await pilot.pause()
            assert marked(tree, CURRENT) == ["x"]
            line = next(y for y in range(30) if _has(tree, y, CURRENT))
            assert f"x{number}" in tree.render_line(line).text


async def test_a_match_that_the_rows_cut_off_selects_its_call_all_the_same() -> None:
    talk = Talk()
    talk.ask("Find")
    talk.step().whole_call("go", json.dumps({"text": "line\n" * 50 + "needle"}), "ok")
    async with tree_of(talk) as (tree, pilot, app):
        tree.highlight("needle")
        tree.reveal_hit(find(talk, "needle")[0])
        tree.focus()
        await pilot.press("enter")
        await pilot.pause()
        assert [message.call.name for message in app.posted if isinstance(message, ToolTree.CallSelected)] == ["go"]


async def test_texts_of_the_log_move_the_cursor_and_unfold_nothing() -> None:
    talk = turns(5)
    async with tree_of(talk, size=(44, 12)) as (tree, pilot, _app):
        before = shown(tree)
        tree.highlight("answer")
        tree.reveal_hit(find(talk, "answer of")[1])
        await pilot.pause()
        assert shown(tree) == before
        assert "Question 1" in marked(tree, CURSOR)[0]
        tree.reveal_hit(Hit("gone", HitKind.RESULT, "c", 0))
        tree.reveal_hit(Hit(talk.run.id, HitKind.RESULT, "gone", 0))
        await pilot.pause()
        assert "Question 4" in marked(tree, CURSOR)[0]


async def test_marks_cost_no_row_that_is_painted_already() -> None:
    async with tree_of(calls(3)) as (tree, _pilot, _app):
        shown(tree)
        before = [tree.row_at(y).strip for y in tree.visible_rows]
        tree.highlight("add")
        shown(tree)
        assert all(tree.row_at(y).strip is strip for y, strip in zip(tree.visible_rows, before, strict=True))


def _has(tree: ToolTree, y: int, name: str) -> bool:
    background = tree.get_component_rich_style(name).bgcolor
    return any(style and style.bgcolor == background for _, style, _ in tree.render_line(y))


# Looks


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("width", [120, 80, 40])
def test_matches_look_as_they_should(width: int, theme: Theme, snap_compare: Any) -> None:
    talk = searched()
    tree = ToolTree(fold_policy="none")

    async def fill(pilot: Pilot[None]) -> None:
        pilot.app.register_theme(theme)
        pilot.app.theme = theme.name
        tree.show(talk.conversation.runs)
        tree.focus()
        await pilot.pause()
        tree.highlight("wrap")
        tree.reveal_hit(next(hit for hit in find(talk, "wrap") if hit.kind is HitKind.RESULT))
        await pilot.pause()

    assert snap_compare(Host(tree), terminal_size=(width, 26), run_before=fill)
