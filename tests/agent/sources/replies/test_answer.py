"""The answer, decoded while its call is being written: what `json.loads` would give, at a cost per fragment."""

import json
from typing import SupportsIndex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.sources.replies.answer import StringFieldDecoder
from agent.text import well_formed
from tests.agent.strategies import JSON, TEXTS, WILD_TEXTS, pieces_of


def _decoded(pieces: list[str], field: str = "answer") -> str:
    decoder = StringFieldDecoder(field)
    return "".join(decoder.feed(piece) for piece in pieces)


KEYS = TEXTS | st.sampled_from(["answer", "answe", "\x00", "tools_used"])
OBJECTS = st.dictionaries(KEYS, JSON | TEXTS, max_size=5)


@given(OBJECTS, TEXTS, st.booleans(), st.sampled_from([None, 1, "\t"]), st.data())
def test_the_field_is_what_json_says_whatever_the_chunking(
    others: dict[str, object], answer: str, ascii_only: bool, indent: int | str | None, data: st.DataObject
) -> None:
    items = [*others.items()]
    items.insert(data.draw(st.integers(0, len(items))), ("answer", answer))
    text = json.dumps(dict(items), ensure_ascii=ascii_only, indent=indent)
    expected = json.loads(text)["answer"]
    pieces = data.draw(st.composite(lambda draw: pieces_of(draw, text))())
    assert _decoded(pieces) == (expected if isinstance(expected, str) else "")
    assert _decoded([*text]) == _decoded([text])


@given(OBJECTS.filter(lambda value: not isinstance(value.get("answer"), str)))
def test_an_object_without_the_field_gives_nothing(value: dict[str, object]) -> None:
    assert _decoded([json.dumps(value)]) == ""


@given(st.lists(WILD_TEXTS | st.sampled_from(['{"answer":"', "\\", '"', "\\u", "d83d", "{", "[", "]", "}", ",", ":"])))
@example(['{"answer":"', "\\u+12f", '"'])
@example(['{"answer":"', "\\u 12f", '"'])
def test_any_text_is_taken_without_an_error(pieces: list[str]) -> None:
    whole = _decoded(["".join(pieces)])
    assert _decoded(pieces) == whole


@given(WILD_TEXTS)
def test_halves_of_pairs_in_escapes_are_joined_or_replaced(answer: str) -> None:
    text = json.dumps({"answer": answer})
    assert _decoded([*text]) == well_formed(answer)


@given(TEXTS, st.data())
def test_an_unfinished_answer_is_a_prefix_of_the_finished_one(answer: str, data: st.DataObject) -> None:
    text = json.dumps({"answer": answer})
    cut = data.draw(st.integers(0, len(text)))
    assert answer.startswith(_decoded([text[:cut]]))


@pytest.mark.parametrize(
    "text",
    [
        '["answer"]',
        '{"a":{"answer":"inner"}}',
        '{"a":["answer","x"]}',
        '{"answer":12}',
        '{"answer":["x"]}',
        '"answer"',
        'answer:"x"',
        "",
    ],
)
def test_only_a_top_level_string_counts(text: str) -> None:
    assert _decoded([text]) == ""


def test_only_the_first_of_two_is_shown() -> None:
    assert _decoded(['{"answer":"a","answer":"b"}']) == "a"


class _Scanned(str):
    """Text that counts how much of it is looked at."""

    looked_at = 0

    def find(self, sub: str, start: SupportsIndex | None = None, end: SupportsIndex | None = None, /) -> int:
        found = super().find(sub, start, end)
        type(self).looked_at += (len(self) if found < 0 else found) - int(start or 0)
        return found

    def __getitem__(self, key: SupportsIndex | slice, /) -> str:
        piece = super().__getitem__(key)
        type(self).looked_at += len(piece)
        return piece


def _cost(text: str, size: int) -> int:
    _Scanned.looked_at = 0
    decoder = StringFieldDecoder("answer")
    for start in range(0, len(text), size):
        decoder.feed(_Scanned(text[start : start + size]))
    return _Scanned.looked_at


@pytest.mark.parametrize("size", [1, 20, 1_000_000])
@pytest.mark.parametrize(
    "answer",
    ["plain words " * 2_000, "line\n" * 4_000, '"quoted" ' * 2_000, "\\" * 10_000, "é\n" * 5_000],
    ids=["plain", "lines", "quotes", "backslashes", "escapes"],
)
def test_the_cost_is_proportional_to_the_text_however_it_is_cut(answer: str, size: int) -> None:
    text = json.dumps({"before": answer, "answer": answer})
    assert len(text) / 2 < _cost(text, size) < 5 * len(text)
