"""The rows of a run: the same however its arguments came, made anew only where something changed."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.style import Style

from agent.conversation.decisions import Decision
from agent.conversation.run import Run
from tests.counting import function_calls
from tests.tui.drawing.calls.test_arguments import OBJECTS
from tests.tui.panes.script import Script, arithmetic
from tui.drawing.glyphs import ASCII, UNICODE
from tui.drawing.rows import ROLES, Row, paint
from tui.panes.steps.call import PARSE_PAUSE, View
from tui.panes.steps.folds import FoldPolicy, Folds
from tui.panes.steps.run import RunRows

HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "[bold]x[/]",
        "\x1b[31mred\x1b]0;t\x07",
        "\x00",
        "\u202eabc",
        "x" * 10_000,
        "漢字" * 50,
        "e" + "\u0301" * 3_000,
        "\ud800",
    ]
)


def view(policy: FoldPolicy = "none", *, width: int = 40, clock: float = 0.0) -> View:
    return View(width=width, glyphs=UNICODE, folds=Folds(policy=policy), clock=lambda: clock)


def rows(run: Run, policy: FoldPolicy = "none", *, width: int = 40, is_last: bool = True) -> list[Row]:
    block = RunRows(run)
    block.refresh(view(policy, width=width), is_last=is_last)
    return block.rows


def words(found: list[Row]) -> list[str]:
    return [" " * row.indent + "".join(span.text for span in row.spans) for row in found]


@given(OBJECTS, st.data())
def test_chunking_never_changes_the_rows(arguments: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(arguments)
    cuts = [0, *sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8))), len(text)]
    script = Script().ask("?").step()
    call = script.call("tool", id="c")
    block = RunRows(script.run)
    shared = view()
    for start, end in pairwise(cuts):
        script.write(call, [text[start:end]])
        block.refresh(shared, is_last=True)
    script.end(call).result(call, "done")
    block.refresh(shared, is_last=True)
    whole = Script().ask("?").step()
    whole.call("tool", id="c")
    whole.write("c", [text]).end("c").result("c", "done")
    assert [row.spans for row in block.rows] == [row.spans for row in rows(whole.run)]


@given(HOSTILE, HOSTILE, st.dictionaries(HOSTILE, HOSTILE, max_size=3), st.integers(12, 60), st.booleans())
@settings(max_examples=60)
def test_hostile_text_is_drawn_safely_in_exactly_the_width(
    name: str, result: str, arguments: dict[str, str], width: int, is_done: bool
) -> None:
    script = Script().ask(name).step(name)
    call = script.call(name)
    script.write(call, [json.dumps(arguments, ensure_ascii=False)[: None if is_done else -1]])
    if is_done:
        script.end(call).result(call, result, error=len(result) % 2 == 0)
        script.failed("model_error", result)
    styles = dict.fromkeys(ROLES, Style())
    for row in rows(script.run, width=width):
        strip = paint(row, width, styles, UNICODE, now=script.now, frame=3)
        assert strip.cell_length == width
        assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in strip.text)
        assert not set("\u202e\u2028\u2060\ud800") & set(strip.text)
        assert len(strip.text) < width * 10


def test_each_fragment_changes_what_is_seen() -> None:
    script = Script().ask("?").step()
    call = script.call("add")
    block = RunRows(script.run)
    shared = view()
    seen = []
    for piece in ["{", '"x', '"', ": ", "1", "2", ".", "5", ", ", '"y"', ': "a', "b", '"', "}"]:
        script.write(call, [piece])
        block.refresh(shared, is_last=True)
        seen.append("\n".join(words(block.rows)))
    pieces = "".join(str(int(now != before)) for before, now in pairwise(["", *seen]))
    assert pieces == "11101111111110"  # but for a colon and the last brace, which say nothing new


def test_arguments_are_drawn_as_branches_and_leaves() -> None:
    script = Script().ask("?").step()
    arguments = {"s": "a", "n": 1.50, "b": True, "z": None, "o": {"k": [1, {}]}, "e": []}
    call = script.whole_call("tool", json.dumps(arguments), "ok")
    assert call
    assert words(rows(script.run))[2:] == [
        "    tool",
        '      s: "a"',
        "      n: 1.5",
        "      b: true",
        "      z: null",
        "      o: ",
        "        k: ",
        "          - 1",
        "          - {}",
        "      e: []",
        "      → ok",
    ]


def test_no_arguments_and_no_json_are_told() -> None:
    script = Script().ask("?").step()
    script.whole_call("a", "{}", "1")
    script.whole_call("b", "", "2")
    script.whole_call("c", "{oops", "bad arguments", error=True)
    text = words(rows(script.run))
    assert text.count("      no arguments") == 2
    assert "      {oops" in text
    assert "      ✗ bad arguments" in text


def test_the_end_of_a_long_value_is_seen_while_it_is_written_with_its_size() -> None:
    script = Script().ask("?").step()
    call = script.call("write")
    script.write(call, ['{"text": "', *(f"line {number}\\n" for number in range(2_000))])
    text = words(rows(script.run))
    assert "      text: … 18.9 kB" in text
    assert text[-2:] == ["        line 1999", "        ▌"]
    script.write(call, ['"}']).end(call)
    assert words(rows(script.run))[3:6] == ["      text: ", "        line 0", "        line 1"]
    assert words(rows(script.run))[-1] == "        … 18.9 kB"


def test_a_long_branch_shows_its_end_while_it_is_written_and_its_beginning_when_done() -> None:
    script = Script().ask("?").step()
    call = script.call("sum")
    script.write(call, ['{"xs": [' + ", ".join(str(number) for number in range(100))])
    text = words(rows(script.run))
    assert "        … 88 before" in text
    assert text[-1] == "        - 99▌"
    script.write(call, ["]}"]).end(call)
    assert words(rows(script.run))[-1] == "      xs: 100 items"


def test_the_smart_policy_folds_what_is_done_when_there_is_much() -> None:
    script = Script().ask("?")
    for _ in range(4):
        script.step()
        script.whole_call("a", "{}", "1")
        script.whole_call("b", "{}", "2")
    text = words(rows(script.run, "smart"))
    assert "  step 2" in text
    assert "  step 3  Ran 2" in text
    assert "  step 4" in text
    assert words(rows(script.run, "smart", is_last=False))[0] == "?"
    script.answered("x")
    assert words(rows(script.run, "smart", is_last=False)) == ["?"]


def test_of_many_calls_in_one_step_the_done_ones_take_a_line_each() -> None:
    script = Script().ask("?").step()
    for number in range(6):
        script.whole_call("a", '{"x": 1}', str(number))
    text = words(rows(script.run, "smart"))
    assert text.count("      x: 1") == 4
    assert text[-2:] == ["    a  → 4", "    a  → 5"]


def test_few_calls_stay_open_so_nothing_jumps() -> None:
    assert words(rows(arithmetic().run, "smart")).count("      x: 7") == 1


def test_an_error_gets_more_lines_than_a_result() -> None:
    script = Script().ask("?").step()
    script.whole_call("a", "{}", "\n".join("123456789"))
    script.whole_call("b", "{}", "\n".join("123456789"), error=True)
    text = words(rows(script.run))
    assert text[4:9] == ["      → 1", "        2", "        3", "        4", "        …"]
    assert text[-2:] == ["        8", "        …"]


def test_an_error_is_never_folded_away() -> None:
    script = Script().ask("what?")
    script.step()
    script.whole_call("divide", '{"x": 1}', "division by zero", error=True)
    for _ in range(3):
        script.step()
        script.whole_call("a", "{}", "1")
        script.whole_call("b", "{}", "2")
    assert "      ✗ division by zero" in words(rows(script.run, "smart"))
    script.answered("x")
    assert words(rows(script.run, "smart", is_last=False)) == ["✗1 what?"]
    assert "  step 1  1 failed" in words(rows(script.run, "all"))


def test_a_folded_step_says_what_goes_on() -> None:
    script = Script().ask("?").step()
    script.whole_call("a", "{}", "1")
    script.whole_call("a", "{}", "1")
    script.start_tool(script.call("b"))
    script.call("c")
    assert "  step 1  Ran 2, running 1, writing 1" in words(rows(script.run, "all"))


def test_a_step_is_called_what_its_stream_calls_it() -> None:
    script = Script().ask("?").step("plan").step(" \n").step("search_web " * 20)
    script.whole_call("a", "{}", "1")
    heads = [row for row in rows(script.run) if len(row.key) == 2]
    # One without a name is nothing that the stream tells of.
    assert words(heads) == ["  plan  nothing said", "  " + ("search_web " * 20).strip()]
    folded = words(rows(script.run, "all", width=40))[-1]
    assert folded == "  search_web search_w…  Ran 1"


def test_ascii_terminals_get_ascii() -> None:
    script = arithmetic()
    block = RunRows(script.run)
    block.refresh(View(width=40, glyphs=ASCII, folds=Folds(policy="none"), clock=lambda: 0), is_last=True)
    assert all(text.isascii() for text in words(block.rows))


def test_rows_that_look_the_same_stay_the_same_objects() -> None:
    script = Script().ask("?").step()
    first = script.call("a")
    script.write(first, ['{"x": 1']).call("b")
    block = RunRows(script.run)
    shared = view()
    block.refresh(shared, is_last=True)
    before = list(block.rows)
    script.write(first, ["2"])
    block.refresh(shared, is_last=True)
    changed = [new for old, new in zip(before, block.rows, strict=True) if old is not new]
    assert words(changed) == ["      x: 12▌"]


def test_long_growing_arguments_are_parsed_four_times_a_second_and_once_at_the_end() -> None:
    script = Script().ask("?").step()
    call = script.call("write")
    script.write(call, ['{"text": "' + "x" * 30_000])
    now = 100.0
    shared = View(width=40, glyphs=UNICODE, folds=Folds(policy="none"), clock=lambda: now)
    block = RunRows(script.run)
    block.refresh(shared, is_last=True)
    script.write(call, ["THE END"])
    block.refresh(shared, is_last=True)
    assert block.is_late
    assert "THE END" not in words(block.rows)[-1]
    now += PARSE_PAUSE
    block.refresh(shared, is_last=True)
    assert not block.is_late
    assert "THE END" in words(block.rows)[-1]
    script.write(call, ['"}']).end(call)
    block.refresh(shared, is_last=True)
    assert not block.is_late
    assert words(block.rows)[-1] == "        … 30.0 kB"


def test_a_fragment_costs_the_same_however_many_came_before() -> None:
    script = Script().ask("?").step()
    call = script.call("write")
    block = RunRows(script.run)
    clock = iter(float(number) for number in range(1_000_000))
    shared = View(width=40, glyphs=UNICODE, folds=Folds(), clock=lambda: next(clock) / 200)
    script.write(call, ['{"text": "'])

    def thousand() -> None:
        for _ in range(1_000):
            script.write(call, ["twenty characters.\\n"])
            block.refresh(shared, is_last=True)

    first = function_calls(thousand)
    for _ in range(8):
        thousand()
    assert function_calls(thousand) < 2 * first


def test_a_fragment_behind_five_hundred_calls_costs_a_few_lookups_for_each() -> None:
    def cost(calls: int) -> int:
        script = Script().ask("?").step()
        for _ in range(calls):
            script.whole_call("add", '{"x": 1, "y": 2}', "3")
        call = script.call("last")
        block = RunRows(script.run)
        shared = view()
        block.refresh(shared, is_last=True)
        script.write(call, ["1"])
        return function_calls(lambda: block.refresh(shared, is_last=True))

    assert cost(500) - cost(1) < 20 * 499


def test_a_step_and_its_turn_say_how_much_of_their_time_the_user_was_waited_for() -> None:
    script = Script().ask("?").step()
    call = script.call("look")
    script.end(call).wait(1_000).ask_approval(call).wait(14_000).decide(call, Decision("once"))
    script.start_tool(call).result(call, "done", ms=22).end_step().answered("So.")
    turn, step, looked, *_ = rows(script.run)
    assert (turn.right, step.right) == ("15 s (you 14 s)", "15 s (you 14 s)")
    assert looked.right == "22 ms"
