"""A call whole."""

from textual.geometry import Offset
from textual.selection import SELECT_ALL, Selection

from tests.counting import function_calls
from tests.tui.panes.host import Host, shown
from tests.tui.panes.script import Script, arithmetic
from tui.panes.call.detail import CallDetail


async def test_a_call_is_shown_with_its_figures_arguments_result_and_fragments() -> None:
    script = arithmetic()
    detail = CallDetail(script.run.calls[0], script.run)
    async with Host(detail).run_test(size=(60, 30)):
        assert shown(detail).splitlines() == [
            "add",
            "done",
            "id              call-2",
            "began           0.3 s into the run",
            "first argument  20 ms after the call began",
            "arguments       16 B in 3 fragments",
            "written in      40 ms, 50 fragments a second",
            "tool            ran 1 ms",
            "in all          0.1 s",
            "",
            "Arguments",
            '{"x": 3, "y": 4}',
            "",
            "Arguments as they came",
            '{"x": 3, "y": 4}',
            "",
            "Result",
            "7",
            "",
            "Fragments",
            '   20 ms  {"x"',
            "   40 ms  : 3,",
            '   60 ms  "y": 4}',
        ]


async def test_a_failure_and_arguments_that_are_no_json() -> None:
    script = Script().ask("?").step()
    script.whole_call("f[b]", "{\x1b[31moops\n", "it [i]broke[/i]", error=True)
    detail = CallDetail(script.run.calls[0], script.run)
    async with Host(detail).run_test(size=(60, 30)):
        text = shown(detail)
        assert text.startswith("f[b]\nfailed\n")
        assert "Error\nit [i]broke[/i]" in text
        assert "Arguments as they came\n{␛[31moops" in text
        assert "\nArguments\n" not in text


async def test_it_follows_a_call_that_goes_on() -> None:
    script = Script().ask("?").step()
    call = script.call("add")
    detail = CallDetail(script.run.calls[0], script.run)
    async with Host(detail).run_test(size=(60, 30)) as pilot:
        assert "its arguments are being written" in shown(detail)
        script.write(call, ['{"x": 1}']).end(call)
        detail.update_text()
        await pilot.pause()
        assert "complete, not begun" in shown(detail)
        assert '{"x": 1}' in shown(detail)


async def test_a_selection_has_no_line_ends_that_only_the_width_made() -> None:
    script = Script().ask("?").step()
    script.whole_call("f", '{"x": 1}', "word " * 40)
    detail = CallDetail(script.run.calls[0], script.run)
    async with Host(detail).run_test(size=(30, 60)) as pilot:
        selected = detail.get_selection(SELECT_ALL)
        assert selected is not None
        assert "word " * 40 in selected[0]
        assert '\n{"x": 1}\n' in selected[0]
        assert detail.get_selection(Selection(Offset(0, 0), Offset(1, 0))) == ("f", "\n")
        detail.screen.selections = {detail: Selection(Offset(0, 0), Offset(3, 1))}
        await pilot.pause()
        assert shown(detail).startswith("f\ndone")


async def test_two_hundred_kilobytes_open_at_once_and_scroll() -> None:
    script = Script().ask("?").step()
    call = script.call("write")
    script.write(call, ['{"text": "', *["twenty characters. "] * 10_000, '"}'], pause=1).end(call)
    detail = CallDetail(script.run.calls[0], script.run)
    async with Host(detail).run_test(size=(60, 30)) as pilot:
        assert function_calls(detail.update_text) < 1_000_000  # a hundred for each fragment
        detail.focus()
        await pilot.press("end")
        assert "characters." in shown(detail)
        await pilot.press("home", "pagedown", "down", "up", "pageup")
        assert detail.scroll_y == 0
