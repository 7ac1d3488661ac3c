"""Unfinished arguments: nothing that was shown goes away, and the end is the same however they came."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.calls.arguments import ArgumentsReader, Parsed, Path, Writing, as_json, parse_whole

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)


def leaves(value: Any, path: Path = ()) -> dict[Path, str]:
    """What is shown of each leaf; a key without a value is none."""
    if isinstance(value, dict):
        items = ((key, child) for key, child in value.items() if not isinstance(key, Writing))
    elif isinstance(value, list):
        items = ((key, child) for key, child in enumerate(value))
    else:
        if value == Writing("", "scalar"):
            return {}
        if isinstance(value, Writing):
            return {path: value.text}
        return {path: value if isinstance(value, str) else json.dumps(value, default=str).strip('"')}
    found: dict[Path, str] = {}
    for key, child in items:
        found |= leaves(child, (*path, key))
    return found


@given(OBJECTS, st.booleans(), st.sampled_from([None, 1]))
def test_a_value_once_shown_stays_until_a_longer_one_replaces_it(
    arguments: dict[str, Any], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(arguments, ensure_ascii=ascii_only, indent=indent)
    reader = ArgumentsReader()
    before: dict[Path, str] = {}
    for end in range(1, len(text) + 1):
        parsed = reader.read(text[:end])
        assert parsed.raw is None
        now = leaves(parsed.value)
        for path, value in before.items():
            assert now[path].startswith(value)
        before = now


@given(JSON, st.data())
def test_the_end_is_the_same_however_the_text_came(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    reader = ArgumentsReader()
    for cut in cuts:
        reader.read(text[:cut])
    whole = reader.read(f"{text} ")
    assert json.loads(as_json(whole.value)) == value
    assert whole.open_path is None
    assert json.loads(as_json(parse_whole(text).value)) == value


@given(st.text('{}[]:,"\\ tfn-.0123456789ue\n\x1b', max_size=40))
def test_text_that_is_no_json_never_fails(text: str) -> None:
    reader = ArgumentsReader()
    for end in range(len(text) + 1):
        reader.read(text[:end])
    parse_whole(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"x": 12.', {"x": Writing("12.", "scalar")}),
        ('{"x": -', {"x": Writing("-", "scalar")}),
        ('{"x": tr', {"x": Writing("tr", "scalar")}),
        ('{"x"', {"x": Writing("", "scalar")}),
        ('{"x": 1, ', {"x": 1, Writing("", "key"): None}),
        ('{"x": 1, "y', {"x": 1, Writing("y", "key"): None}),
        ('{"x": "a\\u00', {"x": Writing("a", "string")}),
        ('{"x": [1, {"y": "b', {"x": [1, {"y": Writing("b", "string")}]}),
        ("[", [Writing("", "scalar")]),
        ("12.", Writing("12.", "scalar")),
    ],
)
def test_the_leaf_that_is_written_stands_where_it_will_end_up(text: str, value: Any) -> None:
    assert ArgumentsReader().read(text).value == value


def test_the_innermost_open_branch_is_told() -> None:
    assert ArgumentsReader().read('{"a": {"b": [1, ').open_path == ("a", "b")
    assert ArgumentsReader().read('{"a": {"b": [1]').open_path == ("a",)
    assert ArgumentsReader().read('{"a": 1}').open_path is None


def test_nothing_is_told_apart_from_an_empty_object_and_from_no_json() -> None:
    assert parse_whole("  ") == Parsed(is_empty=True)
    assert parse_whole("{}") == Parsed(value={})
    assert parse_whole("{x}") == Parsed(raw="{x}")
    assert parse_whole("1" * 5000).raw is not None


def test_short_values_stand_on_one_line_and_long_ones_are_indented() -> None:
    assert as_json({"a": [1, 2]}) == '{"a": [1, 2]}'
    assert as_json({"a": "x" * 60, "b": [1]}).splitlines() == ["{", f'  "a": "{"x" * 60}",', '  "b": [1]', "}"]
