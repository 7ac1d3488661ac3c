"""A run stops before a tool runs, also one that is allowed, and does what the user says of it there."""

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.settings.breakpoints import Breakpoint
from agent.settings.permissions import Permissions, Rule
from tests.agent.scripted import answering, calling, of
from tests.agent.sources.executor.test_loop import TWO_SUMS, _states, _with_approval, executor, finished, is_error, told


def rules(*stops: str, **more: tuple[Rule, ...]) -> Permissions:
    return Permissions(breakpoints=tuple(Breakpoint.parse(stop) for stop in stops), **more)


def stops(events: list[ev.Event]) -> list[str | None]:
    asked = [event.value for event in of(events, ev.Custom) if event.name == ev.APPROVAL]
    return [value.get("breakpoint") for value in asked if value["state"] == "requested"]


async def test_a_tool_that_never_asks_is_asked_about_where_it_stops_and_the_event_says_why() -> None:
    agent = executor(*TWO_SUMS, permissions=lambda: rules("add($.x == 3)"))
    events = await _with_approval(agent, "once")
    assert stops(events) == ["add($.x == 3)"]
    assert [result.content for result in of(events, ev.ToolCallResult)][:2] == ["3", "7"]
    calls = Conversation(events).runs[0].calls
    assert [call.stopped_at for call in calls[:2]] == [None, "add($.x == 3)"]


async def test_it_stops_before_what_is_allowed_too_and_never_before_what_is_denied() -> None:
    allowed = rules("add", deny=(Rule.parse("add(x: 3)"),), allow=(Rule.parse("add"),))
    events = await _with_approval(executor(*TWO_SUMS, permissions=lambda: allowed), "session")
    assert _states(events) == ["requested", "session", "denied"]


async def test_for_this_session_goes_on_to_the_next_stop_and_no_further() -> None:
    events = await _with_approval(executor(*TWO_SUMS, permissions=lambda: rules("add")), "session", "once")
    assert _states(events) == ["requested", "session", "requested", "once"]


async def test_an_answer_in_the_tools_place_is_its_result_and_the_tool_does_not_run() -> None:
    agent = executor(*TWO_SUMS, permissions=lambda: rules("add($.x == 1)"))
    events = await _with_approval(agent, Decision("once", result="a hundred"))
    first, second, _ = of(events, ev.ToolCallResult)
    assert (first.content, is_error(first), second.content) == ("a hundred", False, "7")
    assert str(told(agent)[-2].content) == "a hundred"
    call, other, _ = Conversation(events).runs[0].calls
    assert (call.tool_started, other.tool_started is None) == (None, False)
    assert finished(events)["tools_used"] == ["add"]
    assert call.decision == Decision("once", result="a hundred")
    assert (call.decision.words, call.decision.is_notable) == ("answered in the tool's place", True)


async def test_edited_and_refused_calls_are_so_at_a_stop_too() -> None:
    agent = executor(*TWO_SUMS, permissions=lambda: rules("*"))
    events = await _with_approval(agent, Decision("once", arguments={"x": 1, "y": 20}), Decision("denied", "no"))
    first, second, _ = of(events, ev.ToolCallResult)
    assert (first.content, is_error(second)) == ("21", True)


async def test_a_breakpoint_that_is_dropped_while_calls_wait_is_none_for_them() -> None:
    held = rules("add")
    agent = executor(
        calling(("add", {"x": 1, "y": 2}), ("add", {"x": 3, "y": 4})), answering(), permissions=lambda: held
    )
    asked = 0
    async with agent.stream("go") as run:
        async for event in run:
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                asked += 1
                held = held.passing("add")
                run.decide(event.value["toolCallId"], Decision("once", drops=True))
    assert asked == 1
    assert (await run.result())["tools_used"] == ["add"]


async def test_it_stops_at_a_step_and_at_a_cost() -> None:
    events = await _with_approval(executor(*TWO_SUMS, permissions=lambda: rules("step >= 2")), "once")
    assert [call.stopped_at for call in Conversation(events).runs[0].calls[:2]] == [None, "step >= 2"]
    agent = executor(*TWO_SUMS, permissions=lambda: rules("cost > 0.5"), cost=lambda run: 1.0)
    assert stops(await _with_approval(agent, "once", "once")) == ["cost > 0.5"] * 2
    assert stops(await _with_approval(executor(*TWO_SUMS, permissions=lambda: rules("cost > 0.5")))) == []


async def test_the_answer_is_not_stopped() -> None:
    events = await _with_approval(executor(answering("fine"), permissions=lambda: rules("*", "step >= 1")))
    assert finished(events)["answer"] == "fine"


async def test_what_another_version_says_of_a_stop_is_left_out() -> None:
    assert Decision.read({"state": "once", "result": 3, "drops": "yes"}) == Decision("once")
