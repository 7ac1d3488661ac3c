"""What stands beside the messages: the state that agent and application share, and activities
(https://docs.ag-ui.com/concepts/state, https://docs.ag-ui.com/concepts/events#activity-events)."""

from msgspec import UNSET

from agent.conversation.folding.patches import PatchError, changed_activity, patched
from agent.conversation.folding.thread import Thread
from agent.conversation.items import Activity
from agent.conversation.run import Run
from agent.events import types as ev

__all__ = ["activity_changed", "activity_told", "state_changed", "state_told"]


def state_told(thread: Thread, event: ev.StateSnapshot, _time: float) -> Run | None:
    """All of the state."""
    thread.state = event.snapshot
    return _with_state(thread, None)


def state_changed(thread: Thread, event: ev.StateDelta, _time: float) -> Run | None:
    """A change of the state; one that cannot be made is told, and changes nothing."""
    try:
        thread.state = patched({} if thread.state is UNSET else thread.state, event.delta)
    except PatchError as error:
        return _with_state(thread, str(error))
    return _with_state(thread, None)


def _with_state(thread: Thread, problem: str | None) -> Run | None:
    """Show the state where it has come to; before the first run that is nowhere."""
    if thread.turn is None and not thread.runs:
        return None
    run = (thread.turn or thread.afterwards()).run
    run.state = thread.state
    if problem is not None:
        run.state_problems = (*run.state_problems, problem)
    return run


def activity_told(thread: Thread, event: ev.ActivitySnapshot, _time: float) -> Run | None:
    """All of an activity."""
    known = _activity(thread, event.message_id)
    if known is not None and event.replace is False:
        return None
    return _with_activity(thread, Activity(id=event.message_id, type=event.activity_type, content=event.content))


def activity_changed(thread: Thread, event: ev.ActivityDelta, _time: float) -> Run | None:
    """A change of an activity; one that cannot be made is told there."""
    known = _activity(thread, event.message_id)
    known = known or Activity(id=event.message_id, type=event.activity_type, content={})
    return _with_activity(thread, changed_activity(known, event.patch))


def _activity(thread: Thread, name: str) -> Activity | None:
    for run in reversed(thread.runs):
        for activity in run.activities:
            if activity.id == name:
                return activity
    return None


def _with_activity(thread: Thread, activity: Activity) -> Run | None:
    if thread.turn is None and not thread.runs:
        return None
    run = (thread.turn or thread.afterwards()).run
    places = [place for place, one in enumerate(run.activities) if one.id == activity.id]
    if places:
        run.activities[places[0]] = activity
    else:
        run.activities.append(activity)
    return run
