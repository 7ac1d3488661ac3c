"""Arguments as models write them, and what a schema makes of those that are nearly right."""

from typing import Any

import pytest

from agent.sources.replies.arguments import ArgumentsError, read_arguments

PROPERTIES: dict[str, Any] = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "list": {"type": "array", "items": {"type": "string"}},
    "rows": {"type": "array", "items": {"type": "object"}},
    "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    "object": {"type": "object"},
}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"text": 5}', "5"),
        ('{"text": true}', "true"),
        ('{"text": {"a": "ü"}}', '{"a": "ü"}'),
        ('{"text": "5"}', "5"),
        ('{"text": null}', None),
        ('{"number": "5"}', 5),
        ('{"list": "[\\"a\\"]"}', ["a"]),
        ("{\"list\": \"['a', 'b']\"}", ["a", "b"]),
        ('{"list": "a"}', ["a"]),
        ('{"list": ""}', []),
        ('{"list": "None"}', []),
        ('{"list": null}', []),
        ('{"rows": "a"}', "a"),
        ('{"rows": "[__import__(1)]"}', "[__import__(1)]"),
        ('{"either": 5}', 5),
        ('{"object": "{\\"a\\": 1}"}', {"a": 1}),
    ],
)
def test_an_argument_becomes_what_its_schema_wants_where_that_is_certain(written: str, read: Any) -> None:
    (value,) = read_arguments(written, PROPERTIES).values()
    assert value == read


@pytest.mark.parametrize("written", ["", "  ", "null", '""', "[]", "{}"])
def test_there_may_be_none(written: str) -> None:
    assert read_arguments(written, {}) == {}


@pytest.mark.parametrize(
    "written",
    [
        '[{"number": 5}]',
        '{"arguments": {"number": 5}}',
        '{"name": "tool", "parameters": {"number": 5}}',
    ],
)
def test_a_call_around_its_arguments_is_no_part_of_them(written: str) -> None:
    assert read_arguments(written, PROPERTIES) == {"number": 5}
    assert read_arguments('{"name": "x", "args": {"a": 1}}', {"name": {}, "args": {}}) == {
        "name": "x",
        "args": {"a": 1},
    }
    assert read_arguments('{"args": {"a": 1}, "number": 5}', PROPERTIES) == {"args": {"a": 1}, "number": 5}


@pytest.mark.parametrize("written", ["[1, 2]", "[5]", "12", '"words"', "true"])
def test_what_is_no_object_is_none(written: str) -> None:
    with pytest.raises(ArgumentsError, match="must be a JSON object"):
        read_arguments(written, PROPERTIES)


@pytest.mark.parametrize("written", ['```json\n{"number": 5}\n```', '```{"number": 5}', '"{\\"number\\": 5}"'])
def test_what_stands_around_the_object_is_no_part_of_it(written: str) -> None:
    assert read_arguments(written, PROPERTIES) == {"number": 5}
