"""Finding in the message log: what is marked, where the view goes, and places that last."""

import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection
from textual.theme import Theme

from agent.conversation.finding import Hit, HitKind
from tests.tui.drawing.documents import documents
from tests.tui.panes.found import find, marked, searched
from tests.tui.panes.host import shown
from tests.tui.panes.log.test_log import LONG, LogApp, first_line, log_of
from tests.tui.panes.talk import Talk, turns
from tui.app.themes import DARK, LIGHT
from tui.drawing.glyphs import UNICODE
from tui.panes.log.log import MessageLog
from tui.panes.log.run.view import RunView

MATCH, CURRENT = "message-log--match", "message-log--match-current"


@settings(max_examples=max(settings().max_examples // 3, 1), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(documents, st.sampled_from(["a", "word", "日本", "bold", "label", "h"]))
def test_the_log_can_mark_as_much_as_is_counted(text: str, query: str) -> None:
    talk = Talk()
    talk.ask(text).step()
    talk.think(text).begin().say(text, 997).failed("model_error", "a bold word")
    unfolded = {item.id for step in talk.run.steps for item in step.items}
    view = RunView(talk.run, 120, UNICODE, unfolded, marks=False)
    matches = [part.find(query) for part in view.parts]
    assert sum(match.count for match in matches if match is not None) == len(find(talk, query))


# What is marked


async def test_all_that_is_seen_of_the_query_is_marked_and_one_is_the_current_one() -> None:
    talk = Talk()
    talk.ask("Is It it?")
    talk.begin().say("**i**t is `it`\n\nwith it").done()
    async with log_of(talk) as (log, _pilot, _app):
        log.highlight("it")
        assert marked(log, MATCH) == ["Itit", "itit", "itit"]
        log.show_hit(find(talk, "it")[1])
        assert (marked(log, CURRENT), marked(log, MATCH)) == (["it"], ["It", "itit", "itit"])
        log.show_hit(find(talk, "it")[-1])
        assert (marked(log, CURRENT), marked(log, MATCH)) == (["it"], ["Itit", "itit", "it"])
        log.highlight(None)
        assert not marked(log, MATCH)
        assert not marked(log, CURRENT)


async def test_words_of_the_program_are_not_marked() -> None:
    talk = Talk()
    talk.ask("?")
    talk.begin().say("x").failed("model_error", "tries")
    async with log_of(talk) as (log, _pilot, _app):
        log.highlight("tries")
        assert "tries\u00a0again" in shown(log)
        assert marked(log, MATCH) == ["tries"]
        for query in ("You", "Agent", "failed", "offline"):
            log.highlight(query)
            assert not marked(log, MATCH)


async def test_a_match_that_is_wrapped_is_marked_on_both_lines() -> None:
    talk = Talk()
    talk.ask("?")
    talk.begin().say("one two three four five six seven eight nine ten eleven twelve").done()
    async with log_of(talk, size=(30, 20)) as (log, _pilot, _app):
        text = shown(log)
        assert "six\n  seven" in text
        log.highlight("SIX SEVEN")
        assert marked(log, MATCH) == ["six", "seven"]


async def test_wide_letters_are_marked_whole() -> None:
    talk = Talk()
    talk.ask("日本語の文章は単語の間に空白がありません。" * 3)
    async with log_of(talk, size=(31, 20)) as (log, _pilot, _app):
        log.highlight("空白が")
        assert "".join(marked(log, MATCH)) == "空白が" * 3
        assert all(log.render_line(y).cell_length == log.size.width for y in range(log.size.height))


async def test_what_comes_while_something_is_sought_is_marked() -> None:
    talk = Talk()
    talk.ask("?")
    talk.begin().say("some words that fill a line and then fi")
    async with log_of(talk, size=(45, 20)) as (log, pilot, _app):
        log.highlight("then five six")
        painted: list[int] = []
        original = log.render_line

        def render_line(y: int) -> object:
            painted.append(y)
            return original(y)

        log.render_line = render_line  # type: ignore[method-assign,assignment]
        talk.say("ve six")
        log.update_run(talk.run)
        await pilot.pause()
        assert marked(log, MATCH) == ["then five", "six"]
        # The line before the one that is new is painted again, as the match begins there; the question is not.
        lines = [original(y).text for y in range(20)]
        assert next(y for y, line in enumerate(lines) if "then five" in line) in painted
        assert 1 not in painted[: painted.index(0)]


async def test_a_selection_goes_over_marks_and_copies_the_same() -> None:
    talk = Talk()
    talk.ask("Why is it so?")
    talk.begin().say(LONG).done()
    async with log_of(talk, size=(40, 30)) as (log, _pilot, app):
        selection = Selection(Offset(2, 2), Offset(2, 200))
        before = log.get_selection(selection)
        log.highlight("words")
        app.screen.selections = {log: selection}
        assert log.get_selection(selection) == before
        assert log.render_line(5).text.strip()


async def test_nothing_is_looked_for_without_a_query() -> None:
    async with log_of(searched()) as (log, _pilot, _app):
        shown(log)
        assert all(part.matches is None for part in log._column.view(0).parts)


# Where the view goes


async def test_a_hit_out_of_view_comes_to_the_middle_and_one_in_view_moves_nothing() -> None:
    talk = turns(60)
    async with log_of(talk) as (log, pilot, _app):
        hits = find(talk, "question 2")
        assert len(hits) == 11
        log.highlight("question 2")
        log.show_hit(hits[0])
        await pilot.pause()
        row = next(y for y in range(20) if "Question 2" in log.render_line(y).text)
        assert row == log.size.height // 2
        assert not log.following
        assert marked(log, CURRENT) == ["Question 2"]
        log.show_hit(hits[4])
        await pilot.pause()
        before = shown(log)
        assert "Question 23" in before
        log.highlight("two")
        seen = next(hit for hit in find(talk, "two") if hit.run_id == hits[4].run_id)
        log.show_hit(seen)
        await pilot.pause()
        assert shown(log) == before


async def test_every_hit_of_a_long_session_can_be_gone_to() -> None:
    talk = turns(80, "Some **words** of an answer.\n\n| a | b |\n|---|---|\n| x | words |\n\n" + LONG)
    async with log_of(talk, size=(50, 14)) as (log, pilot, _app):
        hits = find(talk, "words")
        log.highlight("words")
        for hit in [*hits[:8], *hits[200:204], *hits[-3:], hits[100]]:
            log.show_hit(hit)
            await pilot.pause()
            assert marked(log, CURRENT) == ["words"]


async def test_following_waits_while_there_is_a_current_hit() -> None:
    talk = Talk()
    talk.ask("first word")
    talk.begin().say("an answer")
    async with log_of(talk) as (log, pilot, _app):
        assert log.following
        log.highlight("word")
        log.show_hit(find(talk, "word")[0])
        talk.say("\n\n" + LONG * 5)
        log.update_run(talk.run)
        await pilot.pause()
        assert marked(log, CURRENT) == ["word"]
        log.show_hit(None)
        assert not log.following
        log.follow()
        log.show_hit(find(talk, "word")[0])
        assert not log.following
        await pilot.press("end")
        assert log.following


async def test_a_hit_in_a_reasoning_unfolds_it() -> None:
    talk = searched()
    async with log_of(talk) as (log, pilot, _app):
        log.highlight("so be it")
        log.show_hit(find(talk, "so be it")[0])
        await pilot.pause()
        assert marked(log, CURRENT) == ["So be it"]


async def test_a_hit_in_a_call_brings_its_turn_into_view() -> None:
    talk = searched()
    talk.ask("More")
    talk.begin().say(LONG * 4).done()
    async with log_of(talk) as (log, pilot, _app):
        hit = next(hit for hit in find(talk, "return") if hit.kind is HitKind.ARGUMENTS)
        log.highlight("return")
        log.show_hit(hit)
        await pilot.pause()
        assert "Why do words" in shown(log)
        before = shown(log)
        log.show_hit(hit)
        await pilot.pause()
        assert shown(log) == before
        log.show_hit(Hit("no such run", HitKind.ANSWER, "x", 0))
        assert shown(log) == before


# A place that lasts


@pytest.mark.parametrize("width", [60, 100, 35])
async def test_a_place_is_kept_when_a_session_is_opened_again(width: int) -> None:
    talk = turns(9, " ".join(f"w{n}" for n in range(400)))
    async with log_of(talk) as (log, pilot, _app):
        assert log.place() is None
        log.jump_to(talk.conversation.runs[4].id)
        await pilot.press("pagedown", "down")
        await pilot.pause()
        word = first_line(log).split()[0]
        place = json.loads(json.dumps(log.place()))
        assert place["run"] == talk.conversation.runs[4].id
    async with log_of(talk, size=(width, 20)) as (log, pilot, _app):
        log.restore_place(place)
        await pilot.pause()
        assert word in first_line(log).split()
        assert not log.following


async def test_a_place_can_be_restored_before_there_is_a_width() -> None:
    talk = turns(9, LONG)
    log = MessageLog()
    async with log_of(talk) as (other, pilot, _app):
        other.jump_to(talk.conversation.runs[4].id)
        await pilot.pause()
        place, top = other.place(), first_line(other)
    assert place is not None
    log.show(talk.conversation.runs)
    log.restore_place(place)
    assert log.place() == place
    async with LogApp(log).run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert first_line(log) == top


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"run": "gone", "part": "question", "block": 0, "characters": 0, "rows": 0},
        {"run": 7},
        {"run": ["run-1"]},
    ],
)
async def test_a_place_that_is_not_there_is_ignored(place: dict[str, Any]) -> None:
    async with log_of(turns(5)) as (log, _pilot, _app):
        before = shown(log)
        log.restore_place(place)
        assert log.following
        assert shown(log) == before


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "part": st.none() | st.sampled_from(["question", "header", "summary", "text said-3", "no such"]),
            "block": st.integers(-5, 2**70) | st.text(max_size=2) | st.floats(),
            "characters": st.integers(-5, 2**70) | st.none(),
            "rows": st.integers(-(2**70), 2**70) | st.booleans(),
        },
    )
)
def test_any_place_in_a_run_that_is_there_leads_into_it(place: dict[str, Any]) -> None:
    talk = turns(3)
    log = MessageLog()
    log._column.lay_anew(60, marks=False)
    log._column.show(talk.conversation.runs)
    wanted = log._column.place_from({**place, "run": talk.conversation.runs[1].id})
    assert wanted is not None
    line = log._column.line_of(wanted)
    assert log._column.top(1) <= line < log._column.top(2)


# Looks


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(120, 60), (80, 70)])
@pytest.mark.parametrize(
    ("query", "number"), [("wrap", 3), ("日本", 4), ("enough to be", 0)], ids=["words", "wide", "wrapped"]
)
def test_matches_look_as_they_should(
    query: str, number: int, width: int, height: int, theme: Theme, snap_compare: Any
) -> None:
    talk = searched()
    log = MessageLog()

    async def fill(pilot: Pilot[None]) -> None:
        pilot.app.register_theme(theme)
        pilot.app.theme = theme.name
        log.show(talk.conversation.runs)
        log.focus()
        await pilot.pause()
        log.highlight(query)
        log.show_hit(find(talk, query)[number])
        await pilot.pause()

    assert snap_compare(LogApp(log), terminal_size=(width, height), run_before=fill)
