"""JSON Patch over values that are never changed in place (https://www.rfc-editor.org/rfc/rfc6902#appendix-A)."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.folding.patches import PatchError, changed_activity, patched
from agent.conversation.items import Activity
from tests.agent.strategies import JSON


def _op(name: str, path: str, **fields: Any) -> dict[str, Any]:
    more = {"from": fields.pop("origin")} if "origin" in fields else {}
    return {"op": name, "path": path, **more, **fields}


WORKS: list[tuple[str, Any, list[Any], Any]] = [
    ("a member is added", {"a": 1}, [_op("add", "/b", value=2)], {"a": 1, "b": 2}),
    ("an item goes between", [1, 3], [_op("add", "/1", value=2)], [1, 2, 3]),
    ("an item goes to the end", [1], [_op("add", "/-", value=2)], [1, 2]),
    ("an end has a number too", [1], [_op("add", "/1", value=2)], [1, 2]),
    ("what is there is replaced by an add", {"a": 1}, [_op("add", "/a", value=None)], {"a": None}),
    ("a member is removed", {"a": 1, "b": 2}, [_op("remove", "/b")], {"a": 1}),
    ("an item is removed", [1, 2, 3], [_op("remove", "/1")], [1, 3]),
    ("a value is replaced", {"a": [1]}, [_op("replace", "/a/0", value={"x": 1})], {"a": [{"x": 1}]}),
    ("all of it is replaced", {"a": 1}, [_op("replace", "", value=[1])], [1]),
    ("a value is moved", {"a": {"b": 1}, "c": {}}, [_op("move", "/c/d", origin="/a/b")], {"a": {}, "c": {"d": 1}}),
    ("an item is moved", [1, 2, 3, 4], [_op("move", "/3", origin="/1")], [1, 3, 4, 2]),
    ("a value is copied", {"a": [1]}, [_op("copy", "/b", origin="/a")], {"a": [1], "b": [1]}),
    ("a test holds", {"a": 1.0}, [_op("test", "/a", value=1), _op("remove", "/a")], {}),
    ("names with slashes and tildes", {"a/b": 1, "m~n": 2}, [_op("remove", "/a~1b"), _op("remove", "/m~0n")], {}),
    (
        "a name that is empty, or a number",
        {"": 1, "0": 2},
        [_op("replace", "/", value=3), _op("remove", "/0")],
        {"": 3},
    ),
    ("operations follow each other", {}, [_op("add", "/a", value=[]), _op("add", "/a/-", value=1)], {"a": [1]}),
]

FAILS: list[tuple[str, Any, Any, str]] = [
    ("no such member", {}, _op("remove", "/a"), "remove /a: there is no such place"),
    ("nothing to replace", {"a": 1}, _op("replace", "/b", value=1), "replace /b: there is no such place"),
    ("a number beyond the end", [1], _op("add", "/2", value=1), "add /2: there is no such place"),
    ("a number with a zero before", [1, 2], _op("remove", "/01"), "remove /01: there is no such place"),
    ("a name of an item", [1], _op("remove", "/a"), "remove /a: there is no such place"),
    ("below what holds nothing", {"a": 1}, _op("add", "/a/b", value=1), "add /a/b: there is no such place"),
    ("a test that fails", {"a": 1}, _op("test", "/a", value=True), "test /a: it is another value"),
    ("a value that is missing", {}, _op("add", "/a"), "add /a: it has no value"),
    ("a path that is none", {}, _op("add", "a", value=1), "add a: no path"),
    ("a move into itself", {"a": {}}, _op("move", "/a/b", origin="/a"), "move /a/b: it would be moved into itself"),
    ("an operation that nobody knows", {}, _op("merge", "/a"), "merge /a: no such operation"),
    ("no operation", {}, "add", "add: not an operation"),
]


@pytest.mark.parametrize(("value", "patch", "after"), [case[1:] for case in WORKS], ids=[case[0] for case in WORKS])
def test_a_patch_does_what_the_standard_says(value: Any, patch: list[Any], after: Any) -> None:
    before = deepcopy(value)
    assert patched(value, patch) == after
    assert value == before


@pytest.mark.parametrize(("value", "step", "words"), [case[1:] for case in FAILS], ids=[case[0] for case in FAILS])
def test_a_patch_that_does_not_fit_says_which_operation_and_why(value: Any, step: Any, words: str) -> None:
    first = {"op": "add", "path": "", "value": value}
    with pytest.raises(PatchError, match=f"^{words}$"):
        patched(None, [first, step])


@given(JSON, st.lists(JSON | st.fixed_dictionaries({"op": st.sampled_from(["add", "remove", "copy"]), "path": JSON})))
def test_no_patch_changes_the_value_it_is_given_or_fails_otherwise(value: Any, patch: list[Any]) -> None:
    before = deepcopy(value)
    with suppress(PatchError):
        patched(value, patch)
    assert value == before


def test_an_activity_keeps_what_it_was_where_its_change_cannot_be_made() -> None:
    plan = Activity(id="p", type="PLAN", content={"done": 1})
    changed = changed_activity(plan, [{"op": "replace", "path": "/done", "value": 2}])
    assert (changed.content, changed.problem) == ({"done": 2}, None)
    failed = changed_activity(changed, [{"op": "remove", "path": "/x"}])
    assert (failed.content, failed.problem) == ({"done": 2}, "remove /x: there is no such place")
    assert changed_activity(failed, []).problem is None
