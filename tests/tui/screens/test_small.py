"""Small terminals: one pane at a time, and where even that has no room, no key acts unseen."""

from pathlib import Path

from textual import events

from tests.tui.chatting import chat_in


async def test_one_pane_at_a_time_is_used_in_the_smallest_terminal(tmp_path: Path) -> None:
    async with chat_in(tmp_path, (40, 15)) as chat:
        await chat.ask("1 + 1")
        assert not chat.screen.is_too_small
        assert chat.runs[0].answer == "1 + 1 equals 2."
        for key, pane in (("ctrl+t", "steps"), ("ctrl+b", "history")):
            await chat.pilot.press(key)
            await chat.until(lambda pane=pane: chat.screen.panes[pane].has_focus_within)  # type: ignore[misc]
            assert chat.screen.panes[pane].size.width > 30
            await chat.pilot.press("escape")
            await chat.until(lambda: chat.screen.prompt.has_focus)


async def test_below_that_it_says_so_and_nothing_is_done_unseen(tmp_path: Path) -> None:
    async with chat_in(tmp_path, (40, 15)) as chat:
        for size in ((1, 60), (3, 3), (40, 15)):  # the empty input has its own words, and no room for them
            await chat.pilot.resize_terminal(*size)
            await chat.settled()
        await chat.pilot.press(*"kept")
        for size in ((39, 15), (40, 14)):
            await chat.pilot.resize_terminal(*size)
            await chat.until(lambda: chat.screen.query_one("#too-small").display)
            await chat.pilot.press("enter", "x", "ctrl+n", "ctrl+c", "ctrl+c")
            chat.pilot.app.post_message(events.Paste("pasted"))
            await chat.settled()
            assert (chat.screen.prompt.text, chat.runs) == ("kept", [])
        await chat.pilot.resize_terminal(40, 15)
        await chat.until(lambda: not chat.screen.query_one("#too-small").display)
        await chat.pilot.press("!")
        assert chat.screen.prompt.text == "kept!"
        await chat.pilot.resize_terminal(20, 5)
        await chat.pilot.press("ctrl+q")
        assert chat.pilot.app.return_code == 0
