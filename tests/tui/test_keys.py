"""The registry of actions: every binding is in it, every action is told of, keys are written as people read them."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys as TextualKeys
from textual.screen import Screen

from tests.test_house import MODULES
from tui.actions import ACTIONS, PLACES
from tui.key_labels import DEFAULT_KEYS, Keys, key_label


def own_bindings() -> Iterator[tuple[type[DOMNode], Binding]]:
    """What the classes of this program bind themselves."""
    for name in MODULES:
        if name.startswith("tui."):
            for kind in vars(import_module(name)).values():
                if isinstance(kind, type) and issubclass(kind, DOMNode) and kind.__module__ == name:
                    for binding in kind.__dict__.get("BINDINGS", ()):
                        assert isinstance(binding, Binding), (kind, binding)
                        yield kind, binding


def test_every_binding_is_that_of_an_action() -> None:
    for kind, binding in own_bindings():
        action = ACTIONS[binding.id or ""]
        assert (binding.key, binding.description) == (action.keys, action.title), kind
        assert (binding.show, binding.priority) == (action.palette, action.first), kind


def test_every_action_is_bound_or_is_what_its_key_does_at_an_edge() -> None:
    bound = {binding.id for _kind, binding in own_bindings()}
    assert {action.id for action in ACTIONS.values() if not action.fixed} <= bound


def test_every_binding_is_done_by_a_method() -> None:
    for kind, binding in own_bindings():
        name = binding.action.partition("(")[0]
        doer = App if name.startswith("app.") else Screen if name.startswith("screen.") else kind
        assert hasattr(doer, f"action_{name.rpartition('.')[2]}"), (kind, binding.action)


def test_an_action_has_one_id_and_one_place() -> None:
    ids = Counter(action.id for actions in PLACES.values() for action in actions)
    assert set(ids.values()) == {1}
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", id_) for id_ in ids)


_SELF_EVIDENT = {"lists", "finding", "a call", "popups"}
"""Places that say themselves what their keys do."""
_AS_ELSEWHERE = {
    "app.escaped_up",
    "app.escaped_down",
    "approval.up",
    "approval.down",
    "approval.page_down",
    "approval.page_up",
    "events.copy",
    "history.escape",
    "history.to_list",
    "replay.ask",
    "replay.interrupt",
}
"""The same key does as much elsewhere, and is told of there."""


def test_the_help_tells_of_every_action() -> None:
    told = {id_ for action in ACTIONS.values() for id_ in action.beside}
    told |= {id_ for action in ACTIONS.values() for id_ in re.findall(r"\{([a-z_0-9.]+)", action.help)}
    assert told <= set(ACTIONS)
    untold = {
        action.id
        for place, actions in PLACES.items()
        for action in actions
        if place not in _SELF_EVIDENT and not action.help and action.id not in told
    }
    assert untold == _AS_ELSEWHERE


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("ctrl+b", "Ctrl+B"),
        ("R", "R"),
        ("t", "t"),
        ("escape", "Esc"),
        ("shift+tab", "Shift+Tab"),
        ("left_square_bracket", "["),
        ("full_stop", "."),
        ("question_mark", "?"),
        ("slash", "/"),
        ("pageup", "PageUp"),
        ("f12", "F12"),
        ("ctrl+alt+down", "Ctrl+Alt+Down"),
        ("ctrl+at", "Ctrl+@"),
        ("delete", "Delete"),
    ],
)
def test_a_key_is_written_as_people_read_it(key: str, label: str) -> None:
    assert key_label(key) == label


@given(st.sampled_from([key.value for key in TextualKeys]))
def test_every_key_that_a_terminal_can_send_has_a_label_that_can_be_seen(key: str) -> None:
    label = key_label(key)
    assert label.strip()
    assert label.isprintable()


def test_keys_that_the_user_chose_stand_in_the_help_the_hints_and_all_other_words() -> None:
    keys = Keys({"app.find": "ctrl+k", "find.next": "f3", "history.delete": "", "list.down": "j, down"})
    rows = {what: own for own, what in keys.told("everywhere")}
    assert rows["find in this session: F3 next, Up previous, Esc closes"] == [["Ctrl+K"]]
    assert [["Up"], ["j"]] in [own for own, _what in keys.told("conversation and steps")]
    assert not [what for _own, what in keys.told("history") if what.startswith("delete")]
    assert keys.hint("{history.open} open  {history.delete} delete  {app.find} find") == "Enter open  Ctrl+K find"
    assert keys.fill("{app.find} again") == "Ctrl+K again"


def test_a_hint_is_short_and_may_draw_arrows() -> None:
    assert DEFAULT_KEYS.hint("{history.delete} delete  {replay.back} back") == "Del delete  Left back"
    assert DEFAULT_KEYS.hint("{replay.back} {replay.forward} 5 s", arrows=True) == "← → 5 s"
