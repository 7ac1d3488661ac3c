"""The message log: what is drawn, followed, kept in place, selected and copied."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.events import Key, MouseScrollUp
from textual.geometry import Offset
from textual.message import Message
from textual.pilot import Pilot
from textual.scrollbar import ScrollBarRender
from textual.selection import SELECT_ALL, Selection
from textual.theme import Theme
from textual.widgets import Input

from agent.conversation.finding import Hit, HitKind
from tests.counting import function_calls
from tests.tui.panes.gallery import GALLERY
from tests.tui.panes.host import shown
from tests.tui.panes.talk import Talk, turns
from tui.app.themes import DARK, LIGHT
from tui.drawing.glyphs import UNICODE
from tui.panes.log.log import MessageLog
from tui.panes.log.run.view import RunView

LONG = "some words of an answer that is long enough to be wrapped at every width there is " * 3


class LogApp(App[None]):
    """A log above an input."""

    CSS = "MessageLog { height: 1fr; }"

    def __init__(self, log: MessageLog) -> None:
        super().__init__()
        self.message_log = log
        self.posted: list[Message] = []
        self.keys: list[str] = []

    def on_key(self, event: Key) -> None:
        self.keys.append(event.key)

    def compose(self) -> ComposeResult:
        yield self.message_log
        yield Input()

    @on(MessageLog.CopyRequested)
    @on(MessageLog.RetryRequested)
    def keep(self, message: Message) -> None:
        self.posted.append(message)


@asynccontextmanager
async def log_of(
    talk: Talk, *, size: tuple[int, int] = (60, 20)
) -> AsyncIterator[tuple[MessageLog, Pilot[None], LogApp]]:
    log = MessageLog(empty_text="Nothing yet\nAsk with Enter", again="r here tries again")
    app = LogApp(log)
    async with app.run_test(size=size) as pilot:
        log.show(talk.conversation.runs)
        log.focus()
        await pilot.pause()
        yield log, pilot, app


def first_line(log: MessageLog) -> str:
    return log.render_line(0).text.rstrip()


# What is drawn


async def test_a_turn_shows_who_spoke_and_what_was_used() -> None:
    talk = Talk()
    talk.ask("What is 3 + 4?").step()
    talk.think("I should add.").whole_call("add", '{"x": 3, "y": 4}', "7")
    talk.begin().say("It is **7**.").done()
    async with log_of(talk) as (log, _pilot, _app):
        lines = [" ".join(line.split()) for line in shown(log).splitlines() if line.strip()]
        assert lines[0].startswith("You")
        assert lines[0][-3] == ":"
        assert lines[1:5] == ["What is 3 + 4?", "Agent", "▶ Thought for 2.3 s", "It is 7."]
        assert lines[5].startswith("offline · add · 1 step · ")


async def test_a_retry_is_said_where_it_happened() -> None:
    talk = Talk()
    talk.ask("Why?")
    talk.retry("The server was busy; trying again in 2 s.").wait(2_000)
    talk.begin().say("Because.").done()
    async with log_of(talk) as (log, _pilot, _app):
        lines = shown(log).splitlines()
        retry = lines.index("  ○ The server was busy; trying again in 2 s.")
        assert lines[retry + 2] == "  Because."


async def test_what_was_tried_again_in_vain_is_said_once_by_the_end() -> None:
    talk = Talk()
    talk.ask("Why?")
    talk.retry("The server was busy.").retry("Nobody answers.").failed("model_error", "Nobody answers.")
    async with log_of(talk) as (log, _pilot, _app):
        assert shown(log).count("Nobody answers.") == 1
        assert "○ The server was busy." in shown(log)


async def test_an_empty_log_says_what_belongs_there() -> None:
    async with log_of(Talk()) as (log, _pilot, _app):
        lines = shown(log).splitlines()
        assert [line.strip() for line in lines if line] == ["Nothing yet", "Ask with Enter"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("cancelled", "■ Cancelled"),
        ("interrupted", "■ Interrupted"),
        ("iteration_limit", "■ Stopped at the limit of steps: why"),
        ("truncated", "✗ The model's output was cut short: why"),
        ("model_error", "✗ The model failed: why"),
        ("unavailable", "✗ Nothing was asked: why"),
    ],
)
async def test_every_bad_end_is_said_in_words_with_what_to_do(code: str, words: str) -> None:
    talk = Talk()
    talk.ask("Why?")
    talk.begin().say("Because").failed(code, "why")
    async with log_of(talk) as (log, pilot, app):
        text = " ".join(shown(log).split())
        assert words in text
        once_mended = code == "unavailable"
        assert ("once that is mended, r here tries again" if once_mended else "r here tries again") in text
        await pilot.press("r")
        await pilot.pause()
        assert [message.run for message in app.posted if isinstance(message, MessageLog.RetryRequested)] == [talk.run]


async def test_what_was_answered_is_not_asked_again() -> None:
    async with log_of(turns(1)) as (_log, pilot, app):
        await pilot.press("r")
        assert not app.posted


async def test_the_end_of_text_that_is_being_written_has_a_cursor() -> None:
    talk = Talk()
    talk.ask("Why?")
    async with log_of(talk) as (log, pilot, _app):
        assert shown(log).endswith("…")
        talk.begin().say("Because it")
        log.update_run(talk.run)
        assert shown(log).endswith("Because it▌")
        talk.done()
        log.update_run(talk.run)
        await pilot.pause()
        assert "▌" not in shown(log)


async def test_fragment_marks_show_where_fragments_begin() -> None:
    talk = Talk()
    talk.ask("Why?")
    talk.begin().say("**abcdefgh", 5)
    async with log_of(talk) as (log, _pilot, _app):
        log.fragment_marks = True
        assert "**abc|defgh▌" in shown(log)
        talk.say("ij")
        log.update_run(talk.run)
        assert "**abc|defgh|ij▌" in shown(log)
        log.fragment_marks = False
        assert "abcdefghij▌" in shown(log)


@pytest.mark.parametrize(
    "text",
    [
        "[bold]x[/bold] [/nothing]",
        "a\x1b]0;title\x07b",
        "nul\x00",
        "w" * 10_000,
        "Z" + "\u0301" * 10_000,
        "\u202eabc\u202c",
    ],
    ids=["markup", "escapes", "nul", "long word", "flood", "bidi"],
)
async def test_hostile_text_is_drawn_safely(text: str) -> None:
    talk = Talk()
    talk.ask(text)
    talk.think(text).begin().say(text, 997).failed("model_error", text)
    async with log_of(talk) as (log, pilot, _app):
        await pilot.press("alt+up", "alt+up", "space")
        for y in range(log.size.height):
            line = log.render_line(y)
            assert line.cell_length == log.size.width
            assert not set(line.text) & set("\x00\x1b\x07\u202e")


# Following, and the reader's place


async def test_the_end_is_followed_until_the_user_scrolls_and_again_at_the_end() -> None:
    talk = turns(5)
    talk.ask("More?")
    async with log_of(talk) as (log, pilot, _app):
        talk.begin().say(LONG)
        log.update_run(talk.run)
        await pilot.pause()
        assert log.following
        assert "▌" in shown(log)
        await pilot.press("up", "up", "up")
        await pilot.pause()
        assert not log.following
        top = first_line(log)
        talk.say("\n\n" + LONG)
        log.update_run(talk.run)
        await pilot.pause()
        assert first_line(log) == top
        assert "new lines  Ctrl+End" in shown(log).splitlines()[-1]
        await pilot.press("pagedown", "pagedown", "pagedown")
        await pilot.pause()
        assert log.following
        assert "Ctrl+End" not in shown(log)


async def test_ctrl_end_follows_from_anywhere() -> None:
    async with log_of(turns(30)) as (log, pilot, _app):
        await pilot.press("home")
        await pilot.pause()
        assert "Question 0" in shown(log)
        assert not log.following
        await pilot.press("ctrl+end")
        await pilot.pause()
        assert log.following
        assert "Question 29" in shown(log)


async def test_the_wheel_ends_following() -> None:
    async with log_of(turns(10)) as (log, pilot, _app):
        before = first_line(log)
        log.post_message(MouseScrollUp(log, 5, 5, 0, 0, 0, shift=False, meta=False, ctrl=False))
        await pilot.pause()
        assert not log.following
        assert first_line(log) != before


@pytest.mark.parametrize("width", [100, 40, 25])
async def test_nothing_moves_under_a_reader_when_the_width_changes(width: int) -> None:
    talk = turns(5, " ".join(f"w{n}" for n in range(400)))
    async with log_of(talk) as (log, pilot, _app):
        log.jump_to(talk.conversation.runs[2].id)
        await pilot.press("pagedown", "down")
        await pilot.pause()
        word = first_line(log).split()[0]
        assert word.startswith("w")
        await pilot.resize_terminal(width, 20)
        await pilot.pause()
        assert word in first_line(log).split()
        log.fragment_marks = True
        await pilot.pause()
        assert not log.following


async def test_nothing_moves_under_a_reader_when_a_run_above_grows() -> None:
    talk = Talk()
    talk.ask("First")
    talk.begin().say(LONG)
    first = talk.run
    later = turns(4, LONG).conversation.runs
    async with log_of(Talk()) as (log, pilot, _app):
        log.show([first, *later])
        log.jump_to(later[1].id)
        await pilot.press("down")
        await pilot.pause()
        before = shown(log)
        talk.say("\n\n" + LONG)
        log.update_run(first)
        await pilot.pause()
        assert shown(log).splitlines()[:-1] == before.splitlines()[:-1]


async def test_a_long_session_opens_at_its_end_and_scrolls_to_its_start() -> None:
    talk = turns(300, LONG)
    async with log_of(talk) as (log, pilot, _app):
        assert "Question 299" in shown(log)
        seen = []
        for _ in range(40):
            before = shown(log).splitlines()
            await pilot.press("pageup")
            await pilot.pause()
            after = shown(log).splitlines()
            assert after[-1] == before[0] or not before[0].strip()
            seen.append(after)
        await pilot.press("home")
        await pilot.pause()
        assert "Question 0" in shown(log)


async def test_jumping_goes_to_the_question() -> None:
    talk = turns(50)
    async with log_of(talk) as (log, pilot, _app):
        log.jump_to(talk.conversation.runs[20].id)
        await pilot.pause()
        assert "Question 20" in "\n".join(shown(log).splitlines()[:3])
        assert log.current_run is talk.conversation.runs[20]
        assert not log.following


async def test_unfolding_keeps_the_line_where_it_is() -> None:
    talk = turns(3)
    talk.ask("Think").step()
    talk.think("A thought.\n\n" * 20).begin().say(LONG).done()
    async with log_of(talk, size=(60, 30)) as (log, pilot, _app):
        await pilot.press("alt+up", "alt+up")
        row = next(y for y in range(30) if "Thought" in log.render_line(y).text)
        await pilot.press("space")
        await pilot.pause()
        assert "▼ Thought" in log.render_line(row).text
        assert "A thought." in log.render_line(row + 1).text
        await pilot.press("left")
        await pilot.pause()
        assert "▶ Thought" in shown(log)
        assert "A thought." not in shown(log)


async def test_a_click_unfolds_a_reasoning() -> None:
    talk = Talk()
    talk.ask("Think").step()
    talk.think("A thought.").begin().say("Done").done()
    async with log_of(talk) as (log, pilot, _app):
        row = next(y for y in range(20) if "Thought" in log.render_line(y).text)
        await pilot.click(log, offset=(5, row))
        await pilot.pause()
        assert "A thought." in shown(log)


# Selecting and copying


async def test_a_selection_goes_across_messages_without_the_breaks_of_the_wrap() -> None:
    talk = Talk()
    talk.ask("Why is it so?")
    talk.begin().say(LONG).done()
    async with log_of(talk, size=(40, 30)) as (log, _pilot, _app):
        selected = log.get_selection(Selection(Offset(2, 2), Offset(2, 200)))
        assert selected is not None
        assert selected[0].startswith("Why is it so?\n\nAgent\n")
        assert LONG.strip() in selected[0]
        everything = log.get_selection(SELECT_ALL)
        assert everything is not None
        assert LONG.strip() in everything[0]


async def test_dragging_the_mouse_selects_what_is_under_it() -> None:
    talk = Talk()
    talk.ask("Why is it so?")
    talk.begin().say("日本語 and words").done()
    async with log_of(talk) as (log, pilot, app):
        await pilot.mouse_down(log, offset=(2, 5))
        await pilot.hover(log, offset=(11, 5))
        await pilot.mouse_up(log, offset=(11, 5))
        assert app.screen.get_selected_text() == "日本語 and"


async def test_copying_gives_the_source() -> None:
    talk = turns(2)
    source = "Text **bold**\n\n```python\nx = 1\n```\n\nmore\n\n```\ny\n```\n"
    talk.ask("Code?")
    talk.begin().say(source).done()
    async with log_of(talk) as (_log, pilot, app):
        await pilot.press("y", "Y", "shift+up", "shift+up", "Y", "alt+up", "y")
        await pilot.pause()
        copies = [
            (message.text, message.what) for message in app.posted if isinstance(message, MessageLog.CopyRequested)
        ]
        assert copies == [
            (source, "message"),
            ("y", "code block"),
            ("x = 1", "code block"),
            (source, "message"),
        ]


async def test_walking_goes_message_by_message() -> None:
    async with log_of(turns(10)) as (log, pilot, app):
        for _ in range(4):
            await pilot.press("alt+up")
        await pilot.press("y", "alt+down", "y")
        await pilot.pause()
        texts = [message.text for message in app.posted if isinstance(message, MessageLog.CopyRequested)]
        assert texts == ["Question 8", "The answer of this turn.\n\n- one\n- two\n"]
        assert any(log.render_line(y).text.startswith("▌") for y in range(log.size.height))


async def test_other_keys_reach_the_app() -> None:
    async with log_of(turns(1)) as (_log, pilot, app):
        await pilot.press("x", "5")
        assert app.keys == ["x", "5"]


async def test_a_line_that_has_not_changed_stays_the_same_strip_wherever_it_moves() -> None:
    talk = Talk()
    talk.ask("Why?")
    talk.begin().say(LONG * 3)
    async with log_of(talk) as (log, pilot, _app):
        before, top = log.render_lines(log.size.region), round(log.scroll_y)
        talk.say(" " + LONG)
        log.update_run(talk.run)
        await pilot.pause()
        after = log.render_lines(log.size.region)
        moved = round(log.scroll_y) - top
        assert moved > 0
        kept = log.size.height - moved - 3  # the last ones are others: words, the cursor, the empty line
        assert all(after[y] is before[y + moved] for y in range(kept))
        assert after[-2] is not before[-2]


async def test_lines_look_as_if_textual_boxed_them() -> None:
    talk = Talk()
    talk.ask("Why?")
    talk.begin().say("日本 `x` [link](https://example.org)\n\n```py\na = 1\n```\n\n" + LONG * 2)
    async with log_of(talk, size=(50, 12)) as (log, pilot, app):

        async def look(words: str) -> None:
            await pilot.pause()
            bar, seen = log.vertical_scrollbar, log.size.region
            own, thumb = log.render_lines(seen), bar.render_lines(bar.size.region)
            log.auto_links = True  # then it is not bare
            log.refresh()
            bar.renderer = ScrollBarRender  # type: ignore[misc]  # Textual's own
            bar.refresh()
            assert log.render_lines(seen) == own, words
            assert bar.render_lines(bar.size.region) == thumb, words
            log.auto_links = False

        await look("at the end, written")
        for _ in range(12):
            talk.say(" and more")
            log.update_run(talk.run)
            await look("as it grows")
        await pilot.press("ctrl+up")
        await look("a message is chosen")
        log.highlight("words")
        await look("found")
        app.screen.selections = {log: Selection(Offset(3, log.scroll_offset.y + 2), Offset(9, log.scroll_offset.y + 4))}
        await look("selected")
        log.action_scroll_home()
        talk.say(LONG)
        log.update_run(talk.run)
        await look("behind, with a badge")


async def test_lines_fill_the_width_exactly() -> None:
    talk = Talk()
    talk.ask("All")
    talk.begin().say("# T\n\n日本 `x`\n\n```py\na\n```\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n" + LONG).done()
    async with log_of(talk) as (log, _pilot, _app):
        for y in range(log.size.height):
            strip = log.render_line(y)
            assert strip.cell_length == log.size.width == cell_len(strip.text)


# Long texts


def book() -> Talk:
    """A turn that is not laid out at once: 200 chapters."""
    chapter = "## Chapter {0}\n\nword{0} " + LONG + "\n\n```\ncode{0}\n```\n\n| a | b |\n|---|---|\n| {0} | 2 |\n\n"
    talk = Talk()
    talk.ask("Everything?")
    talk.begin().say("".join(chapter.format(number) for number in range(200)), 4_000).done()
    return talk


def rows(log: MessageLog) -> list[str]:
    return [log.render_line(y).text.rstrip() for y in range(log.size.height)]


async def test_a_long_text_shows_its_lines_however_it_is_scrolled() -> None:
    talk = book()
    async with log_of(talk, size=(60, 5_000)) as (log, _pilot, _app):
        whole = rows(log)
    async with log_of(talk) as (log, pilot, _app):
        for key in [*["pageup"] * 9, *["up"] * 25, "home", *["pagedown"] * 9, *["down"] * 25, "end", *["up"] * 25]:
            before = rows(log)
            await pilot.press(key)
            await pilot.pause()
            seen = rows(log)
            assert any(whole[first : first + len(seen)] == seen for first in range(len(whole)))
            match key:
                case "up":
                    assert seen[1:] == before[:-1]
                case "down":
                    assert seen[:-1] == before[1:]
                case "pageup":
                    assert seen[-1] == before[0]
                case "pagedown":
                    assert seen[0] == before[-1]


async def test_a_hit_in_a_long_text_is_shown_and_nothing_moves_but_for_it() -> None:
    talk = book()
    item = talk.run.steps[-1].items[-1].id
    async with log_of(talk) as (log, pilot, _app):
        log.highlight("chapter")
        for nth in (120, 3, 199):
            log.show_hit(Hit(run_id=talk.run.id, kind=HitKind.ANSWER, item=item, nth=nth))
            await pilot.pause()
            assert f"Chapter {nth}" in shown(log)
            before = shown(log)
            log.show_hit(None)
            await pilot.pause()
            assert shown(log) == before


async def test_what_is_selected_of_a_long_text_is_copied_whole() -> None:
    async with log_of(book()) as (log, pilot, _app):
        await pilot.press("home")
        await pilot.pause()
        start = log.scroll_offset.y + shown(log).splitlines().index("  Chapter 0")
        await pilot.press("end")
        await pilot.pause()
        end = log.scroll_offset.y + log.size.height - 1
        text, _ = log.get_selection(Selection(Offset(0, start), Offset(60, end))) or ("", "")
        assert text.startswith("Chapter 0\n\nword0 " + LONG.strip())
        assert [f"Chapter {number}\n\nword{number} " + LONG.strip() in text for number in range(200)] == [True] * 200


async def test_the_cursor_goes_to_code_in_a_long_text() -> None:
    async with log_of(book()) as (log, pilot, app):
        for number in (199, 198, 197, 196, 195, 194):
            await pilot.press("shift+up", "Y")
            await pilot.pause()
            assert app.posted[-1].text == f"code{number}"  # type: ignore[attr-defined]
            assert f"code{number}" in shown(log)


async def test_a_turn_that_ends_without_a_word_waits_no_more() -> None:
    talk = Talk()
    talk.ask("Anyone?")
    async with log_of(talk) as (log, pilot, _app):
        assert "…" in shown(log)
        talk.done()
        log.update_run(talk.run)
        await pilot.pause()
        assert "…" not in shown(log)


# Looks


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(120, 88), (80, 98), (60, 112)])
def test_every_construct_looks_as_it_should(
    width: int, height: int, theme: Theme, snap_compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    talk = Talk()
    talk.ask("Show everything you can write.").step()
    talk.think("The user wants **everything**.\n\nSo be it.").whole_call("add", '{"x": 1, "y": 2}', "3")
    talk.begin().say(GALLERY).done()
    talk.ask("And then?")
    talk.begin().say("It").failed("model_error", "401: the key was refused")
    log = MessageLog(again="r in this pane tries again")

    async def fill(pilot: Pilot[None]) -> None:
        pilot.app.register_theme(theme)
        pilot.app.theme = theme.name
        log.show(talk.conversation.runs)
        log.focus()
        await pilot.pause()
        await pilot.press("alt+up", "alt+up", "alt+up", "space")

    assert snap_compare(LogApp(log), terminal_size=(width, height), run_before=fill)


def test_a_frame_of_an_answer_costs_the_same_below_a_question_of_any_length() -> None:
    def frame(lines: int) -> int:
        talk = Talk()
        talk.ask("a line of a file that was pasted\n" * lines)
        talk.begin().say("some ")
        view = RunView(talk.run, 40, UNICODE, set(), marks=False)
        talk.say("words")
        return function_calls(view.update)

    assert frame(5_000) < 2 * frame(5)
