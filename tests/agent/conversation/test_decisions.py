"""What was said of a tool that asks: the event tells all of it, and the call keeps it."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.decisions import Decision, DecisionKind
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events.wire import decode, encode
from tests.agent.strategies import JSON, TEXTS

_DECISIONS = st.builds(
    Decision,
    st.sampled_from(get_args(DecisionKind)),
    reason=TEXTS,
    arguments=st.none() | st.dictionaries(TEXTS, TEXTS | st.integers(-9, 9) | st.booleans()),
    rule=TEXTS,
)


def asked(decided: dict[str, Any]) -> Conversation:
    """A call that asked, and this told of it."""
    conversation = Conversation()
    events: list[ev.Event] = [
        ev.RunStarted(thread_id="t", run_id="r", timestamp=1),
        ev.ToolCallStart(tool_call_id="c", tool_call_name="nap", timestamp=2),
        ev.ToolCallArgs(tool_call_id="c", delta="{}", timestamp=3),
        ev.ToolCallEnd(tool_call_id="c", timestamp=4),
        ev.Custom(name=ev.APPROVAL, value={"toolCallId": "c", "state": "requested"}, timestamp=5),
        ev.Custom(name=ev.APPROVAL, value={"toolCallId": "c", **decided}, timestamp=9),
    ]
    conversation.apply_all(decode(encode(event)) for event in events)
    return conversation


@given(_DECISIONS)
def test_a_call_keeps_all_that_was_decided_and_when(decision: Decision) -> None:
    call = asked(decision.told()).runs[0].calls[0]
    assert call.decision == decision
    assert (call.asked, call.decided) == (5, 9)


@given(st.dictionaries(st.sampled_from(["state", "reason", "arguments", "rule"]), JSON))
def test_what_is_odd_in_a_decision_is_left_out_and_never_breaks(told: dict[str, Any]) -> None:
    decision = asked(told).runs[0].calls[0].decision
    assert decision is None or decision.kind == told["state"]


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision("once"), "allowed"),
        (Decision("session"), "allowed for this session"),
        (Decision("always"), "always allowed"),
        (Decision("always", rule="nap"), "allowed by the rule nap"),
        (Decision("once", arguments={}), "allowed with other arguments"),
        (Decision("denied"), "not allowed"),
        (Decision("denied", reason="too slow"), "not allowed: too slow"),
        (Decision("denied", rule="nap(*)"), "not allowed: deny nap(*)"),
    ],
)
def test_a_decision_is_told_in_words(decision: Decision, words: str) -> None:
    assert decision.words == words
