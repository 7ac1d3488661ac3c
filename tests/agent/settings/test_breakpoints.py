"""Breakpoints: what they fit, what they do not, and what is none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings.breakpoints import Breakpoint, BreakpointError, Moment, stopped_at
from tests.agent.strategies import JSON


def moment(tool: str = "shell", arguments: dict[str, Any] | None = None, **more: Any) -> Moment:
    return Moment(**{"tool": tool, "arguments": arguments or {}, "step": 1, "seconds": 0.0, **more})


ARGUMENTS = {"command": "rm -rf /tmp", "n": 3, "deep": {"list": [1, {"x": None}]}, "on": True, "odd key": "v"}


@pytest.mark.parametrize(
    "text",
    [
        "shell",
        "*",
        "sh*",
        'shell($.command == "rm -rf /tmp")',
        'shell($.command ~ "rm *")',
        'shell($.command ~ "rm *" and $.n == 3)',
        "$.n >= 3",
        "$.n < 4 and $.n != 4",
        "$.deep.list[0] == 1",
        "$.deep.list[1].x == null",
        '$["odd key"] == "v"',
        "$.on == true",
        '$ ~ "*rm -rf*"',
        "step >= 2",
        "time > 29.5",
        "cost > 0.1",
        '  shell ( $.command ~ "*rf*" ) ',
    ],
)
def test_it_fits(text: str) -> None:
    assert Breakpoint.parse(text).fits(moment(arguments=ARGUMENTS, step=2, seconds=30.0, cost=0.2))


@pytest.mark.parametrize(
    "text",
    [
        "shel",
        "Shell",
        "write*",
        'shell($.command == "rm")',
        "$.n > 3",
        '$.n == "3"',
        '$.n > "2"',
        "$.on == 1",
        "$.missing == null",
        "$.missing != 1",
        "$.deep.list[7] == 1",
        "$.command[0] == 1",
        "step > 2",
        "time > 30",
        "cost > 0.5",
        '$.command ~ "rm"',
        '$.command ~ "[r]m*"',
        '$.command ~ "r? *"',
    ],
)
def test_it_does_not_fit(text: str) -> None:
    assert not Breakpoint.parse(text).fits(moment(arguments=ARGUMENTS, step=2, seconds=30.0, cost=0.2))


def test_a_cost_that_is_not_known_fits_nothing() -> None:
    assert not Breakpoint.parse("cost >= 0").fits(moment())
    assert Breakpoint.parse("cost >= 0").asks_cost


@pytest.mark.parametrize(
    "text",
    ["", "  ", "a b", "shell(", "shell()", "shell(x)", "$.n = 3", "$.n == ", "$.n == three", "cost > cheap", "cost ~ 1",
     "step > 1 or step < 3", "$..n == 1", "$.n == 1 and", "shell($.n ~ 3)", 'shell($.a == "b"'],
)  # fmt: skip
def test_what_is_none_is_told_with_what_one_is(text: str) -> None:
    with pytest.raises(BreakpointError, match=r"\S"):
        Breakpoint.parse(text)


@given(JSON)
def test_a_value_is_equal_to_itself_and_to_itself_alone_however_it_is_written(value: Any) -> None:
    written = json.dumps(value)
    same = Breakpoint.parse(f"t($.v == {written})")
    assert same.fits(moment("t", {"v": json.loads(written)}))
    assert not same.fits(moment("t", {"v": [value]}))
    assert not Breakpoint.parse(f"t($.v != {written})").fits(moment("t", {"v": json.loads(written)}))


@given(st.text())
def test_any_text_is_a_breakpoint_or_told_as_none(text: str) -> None:
    try:
        parsed = Breakpoint.parse(text)
    except BreakpointError:
        return
    assert Breakpoint.parse(parsed.text) == parsed


def test_the_first_that_fits_stops_it() -> None:
    points = [Breakpoint.parse(text) for text in ("write", "step > 5", "sh*", "shell")]
    assert stopped_at(points, moment()) == points[2]
    assert stopped_at(points[:2], moment()) is None
