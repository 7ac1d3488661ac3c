"""How far a branch follows its recording: all of it without a patch, and nothing less than what was said before one."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.items import Message, Reasoning
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.errors import UsageError
from agent.events import types as ev
from agent.events.wire import decode, encode
from agent.reading.lines import read_lines
from agent.recordings.recording import Recording
from agent.recordings.what_if.patches import Patches, read_patches
from agent.recordings.what_if.plan import Plan
from agent.recordings.what_if.planning import GO_ON, plan_branch
from agent.settings.settings import Settings
from agent.sources.branching import start_branch
from agent.transcripts.folders import Sessions
from tests.agent.strategies import conversations
from tests.places import ROOT

SAMPLE = ROOT / "agent" / "recordings" / "sample.jsonl"
FOREIGN = sorted(str(one) for one in (files("ag_ui_validate") / "spec" / "fixtures" / "valid").iterdir())


_TIMES = {"started", "ended", "args_ended", "asked", "decided", "tool_started", "duration_ms"}


def _timeless(item: Any) -> Any:
    """An item, or a turn's step, without its moments."""
    return msgspec.structs.replace(item, **dict.fromkeys(_TIMES.intersection(item.__struct_fields__), 0))


def _state(run: Run) -> object:
    """A turn without what a branch has of its own: the run's id, where it comes from, and moments."""
    steps = [(step.name, step.number, step.usage, [_timeless(item) for item in step.items]) for step in run.steps]
    return run.question, run.status, run.answer, run.error, run.retry_of, run.model, run.state, len(run.notices), steps


def _asked(recording: Recording, position: int) -> bool:
    return any(isinstance(event, ev.RunStarted) for event in recording.events[:position])


def _without(event: ev.Event) -> dict[str, object]:
    """What an event says besides times and ids of runs."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    told = {name: value for name, value in fields.items() if name not in ("timestamp", "run_id", "parent_run_id")}
    return {"type": type(event)} | {name: told[name] for name in told if name not in ("metadata", "input")}


def _assert_same(recording: Recording, position: int, folder: Path) -> None:
    sessions = Sessions(folder)
    plan = plan_branch(recording, position, Patches(), session="parent")
    branch = start_branch(plan, Settings(model="openai:never-asked", data_dir=folder), sessions)
    branch.session.close()
    assert (branch.run, branch.engine) == (None, None), "nothing is asked, nothing is loaded"
    assert branch.session.path is not None
    lines = branch.session.path.read_bytes().splitlines()
    shared = [recording.raw(number) for number in range(plan.shared)]
    assert lines[: plan.shared] == shared
    told = [line.event for line in read_lines(branch.session.path) if line.event is not None]
    assert [*map(_without, told)] == [*map(_without, recording.events[: len(recording)])]
    before, after = recording.state(len(recording)), Conversation(told)
    assert [*map(_state, after.runs)] == [*map(_state, before.runs)]
    lineages = [event for event in told if isinstance(event, ev.RunStarted)]
    (started,) = [one for one in lineages if (one.metadata or {}).get("branch") == "what-if"]
    assert (started.metadata or {})["parentSession"] == "parent"
    assert started.parent_run_id == plan.lineage.run


@given(conversations(), st.data())
def test_without_a_patch_nothing_is_asked_and_the_branch_is_the_recording(
    tmp_path_factory: pytest.TempPathFactory, told: list[ev.Event], data: st.DataObject
) -> None:
    recording = Recording.of(told)
    position = data.draw(st.integers(0, len(recording)))
    if _asked(recording, position):
        _assert_same(recording, position, tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("path", [str(SAMPLE), *FOREIGN], ids=lambda path: Path(path).name)
def test_without_a_patch_a_foreign_recording_stays_what_it_is(path: str, tmp_path: Path) -> None:
    recording = Recording(Path(path))
    recording.read()
    for position in sorted({1, len(recording) // 2, len(recording)}):
        if _asked(recording, position):
            _assert_same(recording, position, tmp_path / str(position))


def _texts(run: Run) -> list[str]:
    items = [item for item in run.items if isinstance(item, Message | Reasoning)]
    return [item.fragments.text for item in items if item.fragments.text]


def _begun(plan: Plan) -> Conversation:
    """The state of a branch where its recording is left."""
    state = plan.begun()
    state.apply_all(plan.retold(plan.recording.events.moment(plan.shared)))
    return state


@given(conversations(), st.data())
def test_a_branch_keeps_what_was_said_until_then_and_shares_all_before(
    told: list[ev.Event], data: st.DataObject
) -> None:
    recording = Recording.of(told)
    position = data.draw(st.integers(0, len(recording)))
    if not _asked(recording, position):
        return
    try:
        plan = plan_branch(recording, position, read_patches(["model=other:x"]), session="s")
    except UsageError:  # the turn is over there
        return
    assert plan.is_otherwise
    assert plan.shared < plan.followed
    state, before = _begun(plan), Conversation(told[:position])
    assert state.runs[:-1] == before.runs[: len(state.runs) - 1]
    run, shown = state.runs[-1], before.runs[-1]
    if plan.is_cut:
        assert plan.say == (GO_ON,)
        assert _texts(run) == _texts(shown)
        assert not any(call.is_open for call in run.calls), "calls that are cut are left out"
        whole = [call for call in shown.calls if not call.is_open]
        assert [call.id for call in run.calls] == [call.id for call in whole]
    else:
        said = _texts(shown)
        assert _texts(run)[: len(said)] == said or set(said) <= {*_texts(run), *shown_calls(shown)}


def shown_calls(run: Run) -> set[str]:
    """Texts that are decoded from calls."""
    return {message.fragments.text for message in run.messages if message.call_id}


def _sample(at: int, *patches: str, live_tools: bool = False) -> Plan:
    recording = Recording(SAMPLE)
    recording.read()
    return plan_branch(recording, at, read_patches(patches), session="s", live_tools=live_tools)


def _number(of: type[ev.Event], nth: int = 0) -> int:
    recording = Recording(SAMPLE)
    recording.read()
    return [number for number, event in enumerate(recording.events) if isinstance(event, of)][nth]


def test_a_call_with_other_arguments_is_answered_next_with_those_beside_it() -> None:
    plan = _sample(_number(ev.ToolCallStart) + 1, 'call:add.args={"x": 9}')
    (turn,) = _begun(plan).runs
    assert [call.fragments.text for call in turn.calls] == ['{"x": 9}', '{"x":2,"y":5}']
    assert plan.pending == tuple(call.wire_id for call in turn.calls)
    assert all(call.result is None for call in turn.calls)


def test_another_result_is_given_where_the_tool_is_called() -> None:
    plan = _sample(1, "result:multiply=7")
    (turn,) = _begun(plan).runs
    assert [call.name for call in turn.calls] == ["add", "exponentiate", "multiply"]
    answers = plan.answers()
    assert answers is not None
    given = answers.of_call(plan.pending[0], "multiply", {"x": 7, "y": 32})
    assert given is not None
    assert (given.text, given.by) == ("7", "patch")
    assert _sample(1, "result:multiply=7", live_tools=True).answers() is None


def test_a_call_is_named_within_its_turn_and_else_within_the_recording() -> None:
    first, second = (_number(ev.RunStarted, place) + 1 for place in (0, 1))
    for which in ("multiply", "multiply#1", "multiply#2"):
        plan = _sample(second, f"result:{which}=7")
        assert [(call.name, call.result) for call in _begun(plan).runs[1].calls] == [("multiply", None)]
    assert _begun(_sample(first, "result:multiply=7")).runs[0].calls[-1].name == "multiply"


def test_a_patch_that_changes_nothing_is_none() -> None:
    assert not _sample(1, "result:add=7", 'call:add.args={"y": 4, "x": 3}').is_otherwise


def test_a_message_is_the_question_where_nothing_was_said_yet_and_steering_behind() -> None:
    assert (_sample(1, "message=else?").question, _sample(1, "message=else?").say) == ("else?", ())
    second = _sample(_number(ev.StepStarted, 1), "message=hurry")
    assert (second.question, second.say) == (None, ("hurry",))
    end = _sample(_number(ev.RunFinished) + 1, "message=and then?")
    assert (end.is_new_turn, end.question, end.shared) == (True, "and then?", end.followed)


@pytest.mark.parametrize(
    ("at", "patch", "why"),
    [
        (0, "model=x:y", "nothing was asked yet"),
        (-1, "model=x:y", "no model call follows that moment in its turn; choose one in it, such as step"),
        (1, "result:nothing=1", "there is no call 'nothing'; the tools that were called: add"),
        (1, "result:divide=1", "is called in another turn than that moment is in; the calls of this one: add"),
        (_number(ev.RunFinished), "result:add=1", "add had its result before that moment: choose one before"),
    ],
)
def test_a_patch_with_nothing_to_work_on_is_refused_in_one_line(at: int, patch: str, why: str) -> None:
    recording = Recording(SAMPLE)
    recording.read()
    with pytest.raises(UsageError) as raised:
        plan_branch(recording, at % (len(recording) + 1), read_patches([patch]), session="s")
    assert why in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_a_branch_tells_again_is_valid() -> None:
    plan = _sample(_number(ev.StepStarted, 2), "model=x:y")
    started = plan.recording.events[plan.shared]
    assert isinstance(started, ev.RunStarted)
    events = [started, *plan.retold(started.timestamp or 0), ev.RunError(timestamp=2**41, message="end")]
    assert_valid_agui([encode(event).decode() for event in events], max_warnings=0)
    assert all(decode(encode(event)) == event for event in events)
