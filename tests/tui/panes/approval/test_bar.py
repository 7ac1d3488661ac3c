"""The question whether a tool may run."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Input, Static

from agent.conversation.items import ToolCall
from tests.tui.panes.host import Host
from tests.tui.panes.script import Script
from tests.tui.settling import until
from tui.key_labels import DEFAULT_KEYS
from tui.panes.approval import question
from tui.panes.approval.bar import ApprovalBar
from tui.panes.approval.grace import Grace


def at_once() -> Grace:
    """Every key counts, however fast they come: what a slow machine is tested with."""
    return Grace(seen_for=0, quiet_for=0, held_for=0, stalled_after=60)


def asking(arguments: str = '{"path": "/tmp/x", "force": true}', name: str = "delete_file") -> ToolCall:
    script = Script().ask("?").step()
    call = script.call(name)
    script.write(call, [arguments]).end(call).ask_approval(call)
    return script.run.calls[0]


def answers(app: Host) -> list[tuple[str, str]]:
    return [(message.answer, message.reason) for message in app.posted if isinstance(message, ApprovalBar.Decided)]


async def answered_by(*keys: str, grace: Grace | None = None) -> list[tuple[str, str]]:
    app = Host(bar := ApprovalBar(asking(), grace=grace or at_once()))
    async with app.run_test(size=(100, 30)) as pilot:
        bar.focus()
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        return answers(app)


async def test_each_key_is_an_answer_and_only_the_first_counts() -> None:
    assert await answered_by("o") == [("once", "")]
    assert await answered_by("s") == [("session", "")]
    assert await answered_by("a") == [("always", "")]
    assert await answered_by("n") == [("denied", "")]
    assert await answered_by("escape") == [("denied", "")]
    assert await answered_by("enter", "y", "space") == []
    assert await answered_by("n", "o") == [("denied", "")]


@pytest.mark.parametrize("width", [36, 56, 76, 116])
def test_what_lets_it_run_once_says_so_at_every_width(width: int) -> None:
    assert "o let it run once" in question.answers("delete_file", DEFAULT_KEYS, width).plain


async def test_a_reason_is_sent_with_the_no_and_every_letter_of_it_is_a_letter() -> None:
    assert await answered_by("r", *"no so", "enter") == [("denied", "no so")]
    assert await answered_by("r", *"son") == []


async def test_to_edit_is_asked_for_and_decides_nothing() -> None:
    app = Host(bar := ApprovalBar(asking(), grace=at_once()))
    async with app.run_test(size=(100, 30)) as pilot:
        bar.focus()
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        assert answers(app) == []
        assert [message.call.name for message in app.posted if isinstance(message, ApprovalBar.EditRequested)] == [
            "delete_file"
        ]


async def test_a_key_that_comes_too_early_or_into_typing_is_no_answer() -> None:
    assert await answered_by("o", "s", "n", "escape", grace=Grace(seen_for=60)) == []
    assert await answered_by("x", "o", "s", "n", "escape", grace=Grace(seen_for=0, quiet_for=60)) == []


async def test_a_letter_that_another_key_follows_was_no_answer_and_is_given_back() -> None:
    for keys, back in ((["o", "n"], ["o"]), (["e", "x"], ["e"]), (["r", "o"], ["r"]), (["a", "backspace"], ["a"])):
        grace = Grace(seen_for=0, quiet_for=0, held_for=30, stalled_after=60)
        app = Host(bar := ApprovalBar(asking(), grace=grace))
        async with app.run_test(size=(100, 30)) as pilot:
            bar.focus()
            await pilot.pause()
            await pilot.press(keys[0])
            await pilot.pause()
            bar.key_comes(keys[1], bar._held.key_time + 0.1 if bar._held is not None else 0)
            await pilot.pause()
            assert [message.text for message in app.posted if isinstance(message, ApprovalBar.Typed)] == back
            assert not any(isinstance(message, ApprovalBar.EditRequested) for message in app.posted)
            assert answers(app) == []
            assert not bar.has_class("-denying")


async def test_a_letter_that_nothing_follows_is_an_answer() -> None:
    app = Host(bar := ApprovalBar(asking(), grace=Grace(seen_for=0, quiet_for=0, held_for=0.01, stalled_after=60)))
    async with app.run_test(size=(100, 30)) as pilot:
        bar.focus()
        await pilot.pause()
        await pilot.press("s")
        await until(pilot, lambda: answers(app) == [("session", "")])


async def test_a_letter_is_given_back_where_the_question_is_seen_no_more_when_it_would_count() -> None:
    app = Host(bar := ApprovalBar(asking(), grace=Grace(seen_for=0, quiet_for=0, held_for=30, stalled_after=60)))
    async with app.run_test(size=(100, 30)) as pilot:
        bar.focus()
        await pilot.pause()
        await pilot.press("o")
        await pilot.resize_terminal(20, 3)
        await until(pilot, lambda: any(isinstance(message, ApprovalBar.Typed) for message in app.posted))
        assert answers(app) == []


async def test_a_click_that_comes_too_early_is_no_answer() -> None:
    app = Host(ApprovalBar(asking(), grace=Grace(seen_for=60)))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.click(".approval--answers", offset=(3, 0))
        await pilot.pause()
        assert answers(app) == []


async def test_the_answers_light_up_when_they_count() -> None:
    app = Host(bar := ApprovalBar(asking(), grace=Grace(seen_for=0.05)))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: bar.has_class("-armed"))


async def test_the_words_can_be_clicked() -> None:
    app = Host(ApprovalBar(asking(), grace=at_once()))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.click(".approval--answers", offset=(3, 0))
        await pilot.pause()
        assert answers(app) == [("once", "")]


async def test_what_cannot_be_seen_whole_cannot_be_answered() -> None:
    bar = ApprovalBar(asking(), grace=at_once())
    app = Host(bar)
    async with app.run_test(size=(20, 3)) as pilot:
        bar.focus()
        await pilot.press("o", "s", "n", "escape")
        await pilot.pause()
        assert answers(app) == []
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: bar.has_class("-armed"))
        await pilot.press("o")
        await pilot.pause()
        assert answers(app) == [("once", "")]


async def texts(pilot: Pilot[None]) -> str:
    await pilot.pause()
    titles = [str(bar.border_title) for bar in pilot.app.query(ApprovalBar)]
    return "\n".join([*titles, *(str(static.visual) for static in pilot.app.query(Static))])


async def test_the_call_is_shown_whole_and_safely() -> None:
    arguments = json.dumps({"text": "[b]bold[/b] \x1b[31m \u202e", "n": list(range(100))}, ensure_ascii=False)
    app = Host(bar := ApprovalBar(asking(arguments, "do[x]\x1b"), grace=Grace(seen_for=0)))
    async with app.run_test(size=(100, 30)) as pilot:
        text = await texts(pilot)
        assert "do[x]␛ asks to run" in text.replace("\\[", "[")
        assert "[b]bold[/b]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "99" in text
        bar.focus()
        await pilot.press("down", "down", "up")
        assert bar.query_one(".approval--arguments").scroll_y == 1


async def test_line_ends_in_arguments_are_line_ends_and_nothing_in_them_passes_for_another_argument() -> None:
    arguments = json.dumps({"command": "one\nforce: true", "force": False})
    app = Host(ApprovalBar(asking(arguments)))
    async with app.run_test(size=(100, 30)) as pilot:
        lines = [line.strip() for line in (await texts(pilot)).split("\n")]
    assert "▌ force: true" in lines
    assert [line for line in lines if line.startswith("force:")] == ["force: false"]
    assert not any("\\n" in line for line in lines)


async def test_arguments_that_are_none_or_no_json_are_shown_as_they_are() -> None:
    async with Host(ApprovalBar(asking("{oops"))).run_test() as pilot:
        assert "{oops" in await texts(pilot)
    async with Host(ApprovalBar(asking(""))).run_test() as pilot:
        assert "no arguments" in await texts(pilot)


async def test_the_field_for_the_reason_is_there_only_while_one_is_given() -> None:
    app = Host(bar := ApprovalBar(asking(), grace=at_once()))
    async with app.run_test(size=(100, 30)) as pilot:
        bar.focus()
        await pilot.pause()
        assert not bar.query_one(Input).region
        await pilot.press("r")
        await pilot.pause()
        assert bar.query_one(Input).has_focus
        bar.escape()
        await pilot.pause()
        assert bar.has_focus


async def test_arguments_that_are_longer_than_what_is_seen_say_by_how_much_and_which_key_shows_them() -> None:
    arguments = json.dumps({f"argument {number}": number for number in range(40)})
    app = Host(bar := ApprovalBar(asking(arguments), grace=at_once()))
    async with app.run_test(size=(100, 40)) as pilot:
        bar.focus()
        seen = 40 // 2 - 2 - 2  # half of the screen, less the border and the answers
        await until(pilot, lambda: str(bar.border_subtitle) == f"{40 - seen} more lines, Down scrolls")
        assert bar.query_one(".approval--arguments").size.height == seen
        bar.tell_askers("one, two")
        await pilot.press(*["down"] * (39 - seen))
        await until(pilot, lambda: str(bar.border_subtitle) == "one, two  1 more line, Down scrolls")
        await pilot.press("down")
        await until(pilot, lambda: str(bar.border_subtitle) == f"one, two  {40 - seen} lines above, Up scrolls")
        await pilot.resize_terminal(100, 100)
        await until(pilot, lambda: str(bar.border_subtitle) == "one, two")


@given(width=st.integers(min_value=24, max_value=200), is_stopped=st.booleans())
def test_at_every_width_an_answer_says_whether_it_lets_it_run_and_refusals_stand_on_their_own_line(
    width: int, is_stopped: bool
) -> None:
    lines = str(question.answers("delete_file", DEFAULT_KEYS, width, is_stopped=is_stopped)).split("\n")
    assert lines[-1].split("   ") == ["n no", "r no, and why"]
    assert all(len(line) <= width or "   " not in line for line in lines)
    words = {answer[0]: answer[2:] for line in lines for answer in line.split("   ")}
    assert words.keys() == set("osaenrwd" if is_stopped else "osaenr")
    for letter in "osad" if is_stopped else "osa":
        assert any(verb in words[letter] for verb in ("allow", "let", "go on"))


@pytest.mark.parametrize("height", [15, 20, 40])
@pytest.mark.parametrize("width", [40, 60, 120])
async def test_the_answers_are_seen_whole_however_long_the_arguments_are(width: int, height: int) -> None:
    arguments = json.dumps({f"argument {number}": "words " * 20 for number in range(20)})
    app = Host(bar := ApprovalBar(asking(arguments), grace=at_once()))
    async with app.run_test(size=(width, height)) as pilot:
        await until(pilot, lambda: bar.has_class("-armed"))
        assert bar.query_one(".approval--arguments").size.height >= 1
        await pilot.resize_terminal(width, 15)
        await until(pilot, bar._is_seen)
        bar.focus()
        await pilot.press("s")
        await until(pilot, lambda: answers(app) == [("session", "")])
