"""The sidebar of turns."""

from time import perf_counter

from tests.tui.widgets.host import Host, shown
from tests.tui.widgets.script import Script
from tui.widgets.history import History


def turns(count: int) -> Script:
    script = Script()
    for number in range(1, count + 1):
        script.ask(f"Question {number}").answered("x")
    return script


async def test_turns_are_numbered_with_how_they_ended_and_the_current_one_is_marked() -> None:
    script = turns(2)
    script.ask("A [b]third[/b]\nquestion").failed("cancelled", "no")
    script.ask("Broken").failed("model_error", "no")
    script.ask("Now")
    history = History()
    async with Host(history).run_test(size=(34, 10)):
        history.show("Question 1", script.conversation.runs)
        history.current = script.conversation.runs[1].id
        assert shown(history).splitlines() == [
            "Question 1",
            "  1 ✓ Question 1",
            "▌ 2 ✓ Question 2",
            "  3 ■ A [b]third[/b] question",
            "  4 ✗ Broken",
            "  5 ● Now",
        ]
        history.current = None
        assert "▌" not in shown(history)
        script.answered("x")
        history.update_run(script.run)
        assert "5 ✓ Now" in shown(history)


async def test_an_empty_sidebar_says_what_belongs_there() -> None:
    history = History(empty_text="Nothing yet")
    async with Host(history).run_test(size=(34, 10)):
        assert shown(history) == "Nothing yet"
        history.update_run(turns(1).run)
        assert shown(history).splitlines() == ["Question 1", "  1 ✓ Question 1"]


async def test_enter_and_a_click_select_a_turn() -> None:
    script = turns(3)
    history = History()
    app = Host(history)
    async with app.run_test(size=(34, 10)) as pilot:
        history.show("Question 1", script.conversation.runs)
        history.focus()
        await pilot.press("down", "up", "enter")
        await pilot.click(history, offset=(5, 2))
        await pilot.press("home", "enter")
        await pilot.pause()
        chosen = [message.run.question for message in app.posted if isinstance(message, History.TurnSelected)]
        assert chosen == ["Question 2", "Question 1"]


async def test_new_turns_are_seen_unless_the_user_scrolled_away() -> None:
    script = turns(30)
    history = History()
    async with Host(history).run_test(size=(34, 10)) as pilot:
        history.show("t", script.conversation.runs)
        await pilot.pause()
        assert "30 ✓" in shown(history)
        history.update_run(script.ask("one more").run)
        assert "31 ●" in shown(history)
        history.scroll_to(y=0, animate=False)
        history.update_run(script.ask("and more").run)
        assert "  1 ✓" in shown(history)


async def test_numbers_stay_aligned_past_a_hundred() -> None:
    script = turns(99)
    history = History()
    async with Host(history).run_test(size=(34, 10)) as pilot:
        history.show("t", script.conversation.runs)
        history.update_run(script.ask("hundred").run)
        await pilot.pause()
        assert shown(history).splitlines()[-2:] == ["  99 ✓ Question 99", " 100 ● hundred"]


async def test_an_update_costs_the_same_with_a_thousand_turns() -> None:
    async def cost(count: int) -> float:
        script = turns(count)
        history = History()
        async with Host(history).run_test(size=(34, 10)):
            history.show("t", script.conversation.runs)
            began = perf_counter()
            for _ in range(300):
                history.update_run(script.run)
            return perf_counter() - began

    few, many = await cost(3), await cost(1_000)
    assert many < few * 2 + 0.05
