"""What is asked while a turn is going on: it waits, is taken back or said to the turn, and is never lost."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.run import RunStatus
from tests.tui.chatting import Chat, chat_in
from tui.screens.chat.turns.queue import Queue

TEXTS = st.lists(st.text("abc", min_size=1, max_size=3), max_size=6)


@given(TEXTS, st.lists(st.sampled_from(["answered", "failed", "back", "release", "late"]), max_size=12))
def test_whatever_happens_each_question_is_given_out_once_or_still_waits(texts: list[str], events: list[str]) -> None:
    queue, out = Queue(), []
    for text in texts:
        queue.add(text)
    for event in events:
        match event:
            case "answered" | "failed":
                given_out = queue.after_turn(was_answered=event == "answered")
                assert event == "answered" or given_out is None
            case "back":
                given_out = queue.take_back()
            case "release":
                given_out = queue.release()
            case _:
                queue.put_back(["late"])
                texts, given_out = [*texts, "late"], None
        out += [given_out] if given_out is not None else []
    assert sorted([*out, *queue.texts]) == sorted(texts)
    assert not queue.is_held or queue.texts


def test_a_turn_that_was_not_answered_holds_the_rest_back_until_the_user_says_so() -> None:
    queue = Queue(["a", "b"])
    assert queue.after_turn(was_answered=False) is None
    assert queue.is_held
    assert queue.after_turn(was_answered=True) is None
    assert queue.release() == "a"
    assert queue.after_turn(was_answered=True) == "b"


def questions(chat: Chat) -> list[str]:
    """What was asked, in order."""
    return [run.question for run in chat.runs]


def waiting(chat: Chat) -> str:
    """What the lines above the input say."""
    return str(chat.screen.asking.lines.visual)


async def say(chat: Chat, text: str, key: str = "enter") -> None:
    """Write a text in the input and press a key."""
    chat.screen.prompt.focus()
    chat.screen.prompt.insert(text)
    await chat.pilot.press(key)
    await chat.pilot.pause()


async def test_what_is_sent_while_a_turn_is_going_on_waits_and_is_asked_in_its_order(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=8) as chat:
        await chat.begin()
        await say(chat, "1 + 1")
        await say(chat, "2 + 2")
        assert chat.screen.prompt.text == ""
        *waits, keys = waiting(chat).splitlines()
        assert waits == ["○ waits: 1 + 1", "○ waits: 2 + 2"]
        assert keys == "Up takes the last back  Del drops it  Ctrl+S the first into this turn"
        await chat.settled()
        assert questions(chat) == ["(3 + 4) * 2^5", "1 + 1", "2 + 2"]
        assert all(run.status is RunStatus.ANSWERED for run in chat.runs)
        assert waiting(chat) == ""


async def test_up_takes_the_last_back_and_delete_drops_it(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=1) as chat:
        await chat.begin()
        for text in ("1 + 1", "2 + 2", "3 + 3"):
            await say(chat, text)
        await chat.pilot.press("delete")
        await chat.pilot.press("up")
        await chat.pilot.pause()
        assert chat.screen.prompt.text == "2 + 2"
        assert waiting(chat).splitlines()[:-1] == ["○ waits: 1 + 1"]
        chat.controller.cancel_all()


async def test_esc_leaves_what_waits_and_asks_what_to_do_with_it(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=1) as chat:
        await chat.begin()
        await say(chat, "1 + 1")
        await chat.pilot.press("escape")
        await chat.settled()
        assert questions(chat) == ["(3 + 4) * 2^5"]
        assert "1 question held back: Enter sends" in waiting(chat)
        await chat.pilot.press("enter")
        await chat.until(lambda: questions(chat) == ["(3 + 4) * 2^5", "1 + 1"])
        assert waiting(chat) == ""
        chat.controller.cancel_all()


async def test_what_is_said_to_a_running_turn_is_told_to_its_model_and_stays_in_the_turn(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=8) as chat:
        await chat.begin()
        await say(chat, "in words", "ctrl+s")
        assert "into this turn: in words" in waiting(chat)
        await chat.settled()
        assert questions(chat) == ["(3 + 4) * 2^5"]
        assert "in words" in [message.fragments.text for message in chat.runs[0].messages]
        assert waiting(chat) == ""


async def test_what_waits_in_a_session_goes_on_there_when_another_is_shown(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=8) as chat:
        asked = await chat.begin()
        await say(chat, "1 + 1")
        await chat.pilot.press("ctrl+n")
        await chat.pilot.pause()
        assert waiting(chat) == ""
        await chat.settled()
        assert [run.question for run in asked.conversation.runs] == ["(3 + 4) * 2^5", "1 + 1"]


async def test_without_a_turn_there_is_nothing_to_say_it_to_and_the_text_stays(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await say(chat, "1 + 1", "ctrl+s")
        assert chat.screen.prompt.text == "1 + 1"
        assert chat.runs == []


async def test_what_waits_outlives_the_program_and_is_asked_when_the_user_says_so(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=1) as chat:
        session = await chat.begin()
        for text in ("1 + 1", "2 + 2"):
            await say(chat, text)
    async with chat_in(tmp_path, resume=session.path) as chat:
        assert waiting(chat).splitlines()[:2] == ["○ 1 + 1", "○ 2 + 2"]
        assert questions(chat) == ["(3 + 4) * 2^5"], "nothing is asked unbidden"
        await chat.pilot.press("enter")
        await chat.settled()
        assert questions(chat)[1:] == ["1 + 1", "2 + 2"]
    async with chat_in(tmp_path, resume=session.path) as chat:
        assert waiting(chat) == ""


async def test_what_waits_stays_with_its_session_when_another_is_shown(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=1) as chat:
        session = await chat.begin()
        assert session.path is not None
        await say(chat, "1 + 1")
        await chat.pilot.press("escape")
        await chat.until(lambda: not chat.controller.is_busy)
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.controller.session is not session)
        assert waiting(chat) == ""
        await chat.controller.open(session.path)
        await chat.settled()
        assert waiting(chat).splitlines()[0] == "○ 1 + 1"
