"""Two conversations side by side: the same one differs in nothing, a changed one where it was changed."""

import json

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.recordings.comparing.differences import DifferenceKind, compare, first_difference
from tests.agent.strategies import conversations


@given(conversations())
def test_a_conversation_differs_from_itself_in_nothing(events: list[ev.Event]) -> None:
    runs = Conversation(events).runs
    assert first_difference(runs, Conversation(events).runs) is None
    assert [pair.number for pair in compare(runs, runs)] == list(range(1, len(runs) + 1))


@given(conversations(), st.integers(1, 10**9))
def test_times_make_no_difference(events: list[ev.Event], later: int) -> None:
    moved = [replace(event, timestamp=None if event.timestamp is None else event.timestamp + later) for event in events]
    assert first_difference(Conversation(events).runs, Conversation(moved).runs) is None


@given(st.data(), conversations())
def test_a_changed_result_is_the_first_difference(data: st.DataObject, events: list[ev.Event]) -> None:
    results = [number for number, event in enumerate(events) if isinstance(event, ev.ToolCallResult)]
    assume(results)
    number = data.draw(st.sampled_from(results))
    changed = [*events]
    changed[number] = replace(events[number], content="something else altogether")
    left, right = Conversation(events), Conversation(changed)
    assume(left != right)
    difference = first_difference(left.runs, right.runs)
    assert difference is not None
    assert difference.kind is DifferenceKind.RESULT
    assert difference.right == "something else altogether"


@given(st.data(), conversations())
def test_what_only_one_has_is_told_as_such(data: st.DataObject, events: list[ev.Event]) -> None:
    runs = Conversation(events).runs
    assume(runs)
    shorter = runs[: data.draw(st.integers(0, len(runs) - 1))]
    difference = first_difference(shorter, runs)
    assert difference is not None
    assert (difference.kind, difference.turn, difference.left) == (DifferenceKind.TURN, len(shorter) + 1, None)


def _one_call(arguments: str) -> Conversation:
    return Conversation(
        [
            ev.RunStarted(timestamp=0, thread_id="t", run_id="r"),
            ev.ToolCallStart(timestamp=1, tool_call_id="c", tool_call_name="add"),
            ev.ToolCallArgs(timestamp=2, tool_call_id="c", delta=arguments),
            ev.ToolCallEnd(timestamp=3, tool_call_id="c"),
            ev.RunFinished(timestamp=4, thread_id="t", run_id="r"),
        ]
    )


@given(st.dictionaries(st.text(), st.integers() | st.text(), max_size=4), st.sampled_from([None, 2]))
def test_arguments_are_the_same_however_they_are_written(arguments: dict[str, object], indent: int | None) -> None:
    turned = dict(reversed(arguments.items()))
    one, other = json.dumps(arguments), json.dumps(turned, indent=indent, ensure_ascii=False)
    assume(other.encode(errors="ignore").decode() == other)
    assert first_difference(_one_call(one).runs, _one_call(other).runs) is None


def test_a_truth_is_no_number() -> None:
    difference = first_difference(_one_call('{"x": 1}').runs, _one_call('{"x": true}').runs)
    assert difference is not None
    assert (difference.kind, difference.name) == (DifferenceKind.ARGUMENTS, "add")


@given(conversations(), st.data())
def test_nothing_differs_of_one_that_grows_but_what_has_come(events: list[ev.Event], data: st.DataObject) -> None:
    whole = Conversation(events).runs
    so_far = Conversation(events[: data.draw(st.integers(0, len(events)))]).runs
    for pairs in (compare(whole, so_far, is_growing=True), compare(so_far, whole, is_growing=True)):
        assert [difference for pair in pairs for difference in pair.differences] == []


@given(conversations(), conversations())
def test_what_differs_is_there_no_sooner_than_it_begins(one: list[ev.Event], other: list[ev.Event]) -> None:
    for pair in compare(Conversation(one).runs, Conversation(other).runs, first=7):
        assert pair.number >= 7
        for difference in pair.differences:
            ends = ((difference.left_at, difference.left_end), (difference.right_at, difference.right_end))
            for begun, ended in ends:
                assert ended is None or (begun is not None and ended >= begun)
