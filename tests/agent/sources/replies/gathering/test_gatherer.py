"""Calls out of fragments: every way in which servers are known to send them comes to the same calls."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sources.replies.gathering.call import GatheredCall
from agent.sources.replies.gathering.gatherer import CallGatherer
from tests.agent.strategies import pieces_of

ADD = '{"x": 2, "y": 3}'
MULTIPLY = '{"x": 4, "y": 5}'
Fragment = tuple[str | None, Any, str | None, str | None]
"""Id, index, name, arguments."""


class Told:
    """What the events would say."""

    def __init__(self, *fragments: Fragment, used_ids: set[str] | None = None, names: tuple[str, ...] = ()) -> None:
        self.arguments: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.order: list[str] = []
        self.gatherer = CallGatherer(
            used_ids=set() if used_ids is None else used_ids, tool_names=names, began=self._began, grew=self._grew
        )
        for fragment in fragments:
            self.gatherer.take(*fragment, {})

    def _began(self, call: GatheredCall) -> None:
        assert call.id not in self.names
        self.names[call.id] = call.name
        self.arguments[call.id] = ""

    def _grew(self, call: GatheredCall, piece: str) -> None:
        self.arguments[call.id] += piece

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Names and arguments, as told and as kept, once no fragment follows."""
        self.gatherer.end()
        kept = [(call.name, call.text) for call in self.gatherer.calls]
        assert [(self.names[call.id], self.arguments[call.id]) for call in self.gatherer.calls] == kept
        assert len(self.names) == len(kept)
        assert len({call.provider_id for call in self.gatherer.calls}) == len(kept)
        assert all(call.provider_id for call in self.gatherer.calls)
        return kept


ONE_CALL: dict[str, list[Fragment]] = {
    "as OpenAI does": [("a", 0, "add", ""), (None, 0, None, '{"x": 2,'), (None, 0, None, ' "y": 3}')],
    "whole": [("a", 0, "add", ADD)],
    "without an index": [("a", None, "add", ADD[:4]), (None, None, None, ADD[4:])],
    "an index in the fragments alone": [("a", None, "add", ""), (None, 0, None, ADD[:4]), (None, 0, None, ADD[4:])],
    "the first index is one": [("a", 1, "add", ""), (None, 1, None, ADD)],
    "empty texts for id and name": [("a", None, "add", ""), ("", None, "", ADD[:4]), ("", None, "", ADD[4:])],
    "id and name in every fragment": [("a", 0, "add", ADD[:4]), ("a", 0, "add", ADD[4:])],
    "the same without an index": [("a", None, "add", ADD[:4]), ("a", None, "add", ADD[4:])],
    "an id of its own for every fragment": [("a", 0, "add", ""), ("b", 0, None, ADD[:4]), ("c", 0, None, ADD[4:])],
    "the id in the fragments alone": [(None, 0, "add", ""), ("a", 0, None, ADD[:4]), ("a", 0, None, ADD[4:])],
    "the index first": [(None, 0, None, None), ("a", 0, "add", None), (None, 0, None, ADD)],
    "the id behind the name": [(None, 0, "add", None), ("a", 0, None, None), (None, 0, None, ADD)],
    "the name behind the arguments": [("a", None, None, ADD), ("a", None, "add", "")],
    "the name in pieces": [("a", 0, "a", ""), (None, 0, "dd", ""), (None, 0, None, ADD)],
    "the name as it grows": [("a", 0, "ad", ""), (None, 0, "add", ""), (None, 0, None, ADD)],
    "the name once more": [("a", 0, "add", ""), (None, 0, None, ADD), (None, 0, "add", "")],
    "the name once more without an index": [("a", None, "add", ADD), (None, None, "add", "")],
    "an empty object first": [("a", 0, "add", "{}"), (None, 0, None, ADD[:4]), (None, 0, None, ADD[4:])],
    "told twice": [("a", 0, "add", ""), (None, 0, None, ADD), (None, 0, None, ADD)],
    "told twice with everything": [("a", 0, "add", ADD), ("a", 0, "add", ADD)],
    "told at two indices": [("a", 0, "add", ADD), ("a", 1, "add", ADD)],
    "a phantom behind it": [("a", 0, "add", ADD), (None, 1, None, ""), (None, 1, None, None)],
    "a phantom with an id": [("a", 0, "add", ADD), ("b", 1, None, "")],
    "an empty object behind it": [("a", 0, "add", ADD), ("a", 0, "add", "{}")],
    "nothing with the end": [("a", 0, "add", ADD), (None, 0, None, ""), (None, None, None, None)],
    "an index that counts the fragments": [("a", 0, "add", ""), (None, 1, None, ADD[:4]), (None, 2, None, ADD[4:])],
    "all so far in every fragment": [("a", 0, "add", ADD[:n]) for n in range(len(ADD) + 1)],
    "the first bracket twice": [("a", 0, "add", "{"), (None, 0, None, ADD)],
    "null first": [("a", 0, "add", "null"), (None, 0, None, ADD)],
    "a block of code": [("a", 0, "add", "```json\n"), (None, 0, None, ADD), (None, 0, None, "\n```")],
    "a bracket too many": [("a", 0, "add", ADD + "}")],
    "marks of the model's format": [("a", 0, "add", ADD), (None, 0, None, "\n</tool_call><|end|>")],
}


@pytest.mark.parametrize("fragments", ONE_CALL.values(), ids=ONE_CALL)
def test_one_call_is_one_call_however_it_is_sent(fragments: list[Fragment]) -> None:
    told = Told(*fragments)
    assert told.calls == [("add", ADD)]
    assert told.gatherer.calls[0].provider_id == "a"


TWO_CALLS: dict[str, list[Fragment]] = {
    "one after the other": [
        ("a", 0, "add", ""),
        (None, 0, None, ADD),
        ("b", 1, "multiply", ""),
        (None, 1, None, MULTIPLY),
    ],
    "interleaved": [
        ("a", 0, "add", ""),
        ("b", 1, "multiply", ""),
        (None, 0, None, ADD[:4]),
        (None, 1, None, MULTIPLY[:7]),
        (None, 0, None, ADD[4:]),
        (None, 1, None, MULTIPLY[7:]),
    ],
    "one index": [("a", 0, "add", ADD), ("b", 0, "multiply", MULTIPLY)],
    "one index, in fragments": [
        ("a", 0, "add", ""),
        (None, 0, None, ADD),
        ("b", 0, "multiply", ""),
        (None, 0, None, MULTIPLY),
    ],
    "one index and no ids": [(None, 0, "add", ADD), (None, 0, "multiply", MULTIPLY)],
    "no indices": [("a", None, "add", ADD), ("b", None, "multiply", MULTIPLY[:3]), (None, None, None, MULTIPLY[3:])],
    "neither": [(None, None, "add", ADD), (None, None, "multiply", MULTIPLY)],
    "the second at the first index, its arguments at its own": [
        ("a", 0, "add", ""),
        (None, 0, None, ADD),
        ("b", 0, "multiply", ""),
        (None, 1, None, MULTIPLY),
    ],
    "interleaved at one index, told apart by their ids": [
        ("a", 0, "add", ""),
        ("b", 0, "multiply", ""),
        ("a", 0, None, ADD),
        ("b", 0, None, MULTIPLY),
    ],
    "one id": [("a", 0, "add", ""), (None, 0, None, ADD), ("a", 1, "multiply", ""), (None, 1, None, MULTIPLY)],
    "one id and no indices": [("a", None, "add", ADD), ("a", None, "multiply", ""), ("a", None, None, MULTIPLY)],
}  # fmt: skip


@pytest.mark.parametrize("fragments", TWO_CALLS.values(), ids=TWO_CALLS)
def test_two_calls_are_two_calls_however_they_are_sent(fragments: list[Fragment]) -> None:
    assert Told(*fragments).calls == [("add", ADD), ("multiply", MULTIPLY)]


def test_two_calls_of_one_tool_are_told_apart_by_their_arguments() -> None:
    other = '{"x": 4, "y": 5}'
    assert Told(("a", 0, "add", ADD), ("a", 1, "add", other)).calls == [("add", ADD), ("add", other)]
    assert Told(("a", 0, "add", ADD), ("b", 0, "add", other)).calls == [("add", ADD), ("add", other)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "addition"]), st.dictionaries(st.text(max_size=4), st.integers())), max_size=4
    ),
    st.data(),
)
def test_chunking_and_interleaving_never_change_the_calls(calls: list[tuple[str, dict[str, int]]], data: Any) -> None:
    texts = [json.dumps(arguments) for _name, arguments in calls]
    waiting = [
        [(f"id{index}", index, name, ""), *((None, index, None, piece) for piece in pieces_of(data.draw, text))]
        for index, ((name, _arguments), text) in enumerate(zip(calls, texts, strict=True))
    ]
    starts, rest = [one.pop(0) for one in waiting], waiting
    fragments: list[Any] = list(starts)
    while any(rest):
        fragments.append(data.draw(st.sampled_from([one for one in rest if one])).pop(0))
    told = Told(*fragments, names=("add", "addition"))
    assert told.calls == [(name, text) for (name, _arguments), text in zip(calls, texts, strict=True)]


def test_what_is_no_json_is_kept_as_it_came() -> None:
    assert Told(("a", 0, "add", "{'x': 2}"), (None, 0, None, " and more")).calls == [("add", "{'x': 2} and more")]
    assert Told(("a", 0, "add", ADD + ' {"x": 9}')).calls == [("add", ADD + ' {"x": 9}')]
    assert Told(("a", 0, "add", '{"x": 2')).calls == [("add", '{"x": 2')]


def test_arguments_that_are_a_text_of_json_are_told_as_that_json() -> None:
    text = json.dumps(ADD)
    assert Told(("a", 0, "add", text[:3]), (None, 0, None, text[3:])).calls == [("add", ADD)]
    assert Told(("a", 0, "add", '"no object"')).calls == [("add", '"no object"')]


@pytest.mark.parametrize("within", ['{"a": {"a": 1}}', '{"{": 0}', '{":{": 0}', '{"a": "{", "b": [{"a": 2}]}'])
def test_an_object_within_one_that_looks_like_it_is_no_repetition(within: str) -> None:
    for cut in range(1, len(within)):
        assert Told(("a", 0, "add", within[:cut]), (None, 0, None, within[cut:])).calls == [("add", within)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("functions.add", "add"),
        ("functions.add:0", "add"),
        ("add()", "add"),
        ("Add", "add"),
        ("add:x", "add:x"),
        ("NOW", "NOW"),
    ],
)
def test_a_name_is_taken_for_the_tool_that_it_means_where_that_is_certain(name: str, meant: str) -> None:
    assert Told(("a", 0, name, ADD), names=("add", "now", "Now")).calls == [(meant, ADD)]


def test_an_id_may_hold_the_name_that_never_comes() -> None:
    assert Told(("functions.add:0", 0, None, ADD), names=("add",)).calls == [("add", ADD)]
    assert Told(("call_1", 0, None, ADD), names=("add",)).calls == [("", ADD)]


def test_a_call_of_nothing_has_no_arguments_or_an_empty_object() -> None:
    assert Told(("a", 0, "now", "")).calls == [("now", "")]
    assert Told(("a", 0, "now", "{}")).calls == [("now", "{}")]


def test_a_call_of_a_known_tool_is_told_with_its_name_and_any_other_with_its_arguments() -> None:
    assert list(Told(("a", 0, "add", ""), names=("add", "now")).names.values()) == ["add"]
    assert Told(("a", 0, "add", ""), names=("add", "add_all")).names == {}
    assert Told(("a", 0, "other", ""), names=("add",)).names == {}
    assert list(Told(("a", 0, "other", ""), (None, 0, None, "{"), names=("add",)).names.values()) == ["other"]


def test_an_id_that_was_used_before_is_the_models_alone() -> None:
    used = {"a"}
    told = Told(("a", 0, "add", ADD), used_ids=used)
    (call,) = told.gatherer.calls
    assert call.provider_id == "a"
    assert call.id not in ("a", "")
    assert call.id in used


def test_an_id_of_our_own_is_one_that_every_server_takes() -> None:
    told = Told((None, 0, "add", ADD))
    assert told.calls
    (call,) = told.gatherer.calls
    assert call.id == call.provider_id
    assert len(call.id) == 9
    assert call.id.isalnum()


def test_a_late_id_is_what_the_model_is_told() -> None:
    told = Told((None, 0, "add", ADD[:4]), ("late", 0, None, ADD[4:]))
    assert told.calls == [("add", ADD)]
    (call,) = told.gatherer.calls
    assert call.provider_id == "late"
    assert call.told_id != "late"


def test_many_small_fragments_take_time_in_proportion() -> None:
    numbers = count()
    text = json.dumps({"text": "x" * 400_000})
    told = Told(("a", 0, "write", ""))
    for start in range(0, len(text), 4):
        told.gatherer.take(None, 0, None, text[start : start + 4], {})
        next(numbers)
    assert told.calls == [("write", text)]
