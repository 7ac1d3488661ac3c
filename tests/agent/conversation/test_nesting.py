"""Which sub-agents were at work at the same time: only where the stream tells so."""

import pytest

from agent.conversation.nesting import Nesting
from tests.agent.conversation.told import Wire, call, event, finished, fold, started

_ASKS = [*call("c1", "ask_a"), *call("c2", "ask_b")]


def _begins(agent: str, call_id: str, **fields: str) -> Wire:
    return event("SUBAGENT_STARTED", subagentRunId=agent, name=agent, parentToolCallId=call_id, **fields)


def _ends(agent: str) -> Wire:
    return event("SUBAGENT_FINISHED", subagentRunId=agent)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param([_begins("a", "c1"), _begins("b", "c2"), _ends("a"), _ends("b")], {"b": "a"}, id="at once"),
        pytest.param([_begins("a", "c1"), _ends("a"), _begins("b", "c2"), _ends("b")], {}, id="one by one"),
        pytest.param([_begins("a", "c1"), _begins("b", "c2")], {}, id="no end told"),
        pytest.param(
            [_begins("a", "c1"), _begins("b", "", parentSubagentRunId="a"), _ends("b"), _ends("a")], {}, id="within"
        ),
        pytest.param(
            [_begins("a", "c1"), *call("c3", "ask", subagentRunId="a"), _begins("b", "c3"), _ends("b"), _ends("a")],
            {},
            id="asked by it",
        ),
    ],
)
def test_sub_agents_are_side_by_side_only_where_the_stream_tells_so(events: list[Wire], told: dict[str, str]) -> None:
    stream = [started(), *_ASKS, *events, finished()]
    (run,) = fold([one | {"timestamp": 1000 + 10 * number} for number, one in enumerate(stream)]).runs
    names = {step.number: step.agent for step in run.steps}
    assert {names[number]: other.agent for number, other in Nesting(run).alongside().items()} == told
    (undated,) = fold(stream).runs
    assert Nesting(undated).alongside() == {}
