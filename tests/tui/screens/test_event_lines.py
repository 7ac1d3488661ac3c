"""What the list of events says of each: a change that could not be made is told as one, where it stands."""

from agent.events import types as ev
from agent.recordings.recording import Recording
from tui.screens.replay.event_lines import EventLines

_START = ev.RunStarted(thread_id="t", run_id="r")
_STATE = ev.StateSnapshot(snapshot={"steps": [{"done": False}]})
_MADE = ev.StateDelta(delta=[{"op": "replace", "path": "/steps/0/done", "value": True}])
_LOST = ev.StateDelta(delta=[{"op": "replace", "path": "/gone/0", "value": 1}])
_PLAN = ev.ActivitySnapshot(message_id="a", activity_type="plan", content={"steps": []})
_PLAN_LOST = ev.ActivityDelta(message_id="a", activity_type="plan", patch=[{"op": "remove", "path": "/none"}])
_END = ev.RunFinished(thread_id="t", run_id="r")


def test_a_change_that_could_not_be_made_is_marked_in_the_list_of_events_and_no_other_is() -> None:
    again = [ev.RunStarted(thread_id="t", run_id="r2"), _LOST, _MADE, ev.RunFinished(thread_id="t", run_id="r2")]
    events = [_START, _STATE, _MADE, _LOST, _MADE, _PLAN, _PLAN_LOST, _END, *again]
    lines = EventLines(Recording.of(events))
    expected = [number for number, event in enumerate(events) if event in (_LOST, _PLAN_LOST)]
    for order in (range(len(events)), range(len(events) - 1, -1, -1)):
        told = {number: lines.line(number) for number in order}
        marked = sorted(number for number, line in told.items() if line.content.startswith("did not apply: "))
        assert marked == expected == sorted(number for number, line in told.items() if line.role == "error")
