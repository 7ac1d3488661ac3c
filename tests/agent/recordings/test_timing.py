"""Where time went: parts lie within their wholes, nothing is invented, and arguments are told by their fragments."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.fragments import Fragments
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.recordings.timing import SpanKind, Stream, TimeSpan, argument_spans, timing_of, walk
from tests.agent.strategies import JSON, TEXTS, conversations, pieces_of


def _inside(span: TimeSpan) -> None:
    """A child begins with its parent or later and ends no later than it; what ends does not end before it begins."""
    assert span.end is None or span.end >= span.start
    for child in span.children:
        assert child.start >= span.start
        if span.end is not None:
            assert child.end is None or child.end <= span.end
        _inside(child)


@given(conversations())
def test_parts_lie_within_their_wholes_and_no_time_is_negative(events: list[ev.Event]) -> None:
    for run in Conversation(events).runs:
        turn = timing_of(run)
        _inside(turn)
        for span in walk(turn):
            assert list(span.moments) == sorted(span.moments)
            assert 0 <= span.wait <= (span.duration if span.duration is not None else float("inf"))


@given(conversations())
def test_every_fragment_of_the_model_is_told_once(events: list[ev.Event]) -> None:
    for run in Conversation(events).runs:
        turn = timing_of(run)
        written = [span for span in walk(turn) if span.kind in (SpanKind.REASONING, SpanKind.TEXT, SpanKind.CALL)]
        models = [span for span in walk(turn) if span.kind is SpanKind.MODEL]
        counted = sum(len(span.moments) for span in written)
        assert len(turn.moments) == sum(len(span.moments) for span in models) == counted


@st.composite
def _written(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """Arguments, and their text in pieces."""
    arguments = draw(st.dictionaries(TEXTS, JSON, max_size=4))
    return arguments, pieces_of(draw, json.dumps(arguments, indent=draw(st.sampled_from([None, 1]))))


@given(_written())
def test_the_arguments_of_a_call_are_told_however_it_is_cut(written: tuple[dict[str, Any], list[str]]) -> None:
    arguments, pieces = written
    fragments = Fragments()
    fragments.extend(pieces, [float(number) for number in range(len(pieces))])
    spans = argument_spans(fragments)
    assert [json.loads(f'"{span.name}"') for span in spans] == list(arguments)
    assert all(span.end is not None and span.start <= span.end for span in spans)
    for before, after in pairwise(spans):
        assert before.start <= after.start


@given(st.data(), st.dictionaries(TEXTS, JSON, min_size=1, max_size=4))
def test_unfinished_arguments_are_a_beginning_of_the_finished_ones(
    data: st.DataObject, arguments: dict[str, object]
) -> None:
    text = json.dumps(arguments)
    cut = text[: data.draw(st.integers(0, len(text)))]
    fragments = Fragments()
    fragments.extend([*cut], [float(number) for number in range(len(cut))])
    spans = argument_spans(fragments)
    assert [json.loads(f'"{span.name}"') for span in spans] == list(arguments)[: len(spans)]
    assert all(span.end is not None for span in spans[:-1])


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_a_stall_is_long_and_out_of_proportion(pauses: list[float]) -> None:
    moments = [0.0]
    for pause in pauses:
        moments.append(moments[-1] + pause)
    gaps = Stream(moments).gaps
    if gaps is None:
        assert not pauses
        return
    assert gaps.p50 <= gaps.p95 <= gaps.longest
    for stall in gaps.stalls:
        assert stall.length > 250
        assert stall.length > 5 * gaps.p50


@st.composite
def _steps_with_tools(draw: st.DrawFn) -> list[ev.Event]:
    """A step in which calls are written, some of which run at once and some after a wait, with pauses of any length."""
    moment = 0
    events: list[ev.Event] = []

    def add(kind: type[ev.Event], **fields: Any) -> None:
        nonlocal moment
        moment += draw(st.sampled_from([0, 20, 20, 20, 300, 2_000]))
        events.append(kind(timestamp=moment, **fields))

    add(ev.RunStarted, thread_id="t", run_id="r")
    add(ev.StepStarted, step_name="step 1")
    waiting: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        id_ = f"c{number}"
        add(ev.ToolCallStart, tool_call_id=id_, tool_call_name="look_up")
        for piece in ("{", '"x"', ": ", "1", "}"):
            add(ev.ToolCallArgs, tool_call_id=id_, delta=piece)
        add(ev.ToolCallEnd, tool_call_id=id_)
        waiting.append(id_)
        while draw(st.booleans()) and waiting:
            done = waiting.pop()
            if draw(st.booleans()):
                add(ev.Custom, name=ev.APPROVAL, value={"toolCallId": done, "state": "requested"})
                add(ev.Custom, name=ev.APPROVAL, value={"toolCallId": done, "state": "once"})
            add(ev.Custom, name=ev.TOOL_STARTED, value={"toolCallId": done})
            add(ev.ToolCallResult, message_id=f"m{done}", tool_call_id=done, content="7")
    return events


@given(_steps_with_tools())
def test_no_stall_holds_the_whole_of_a_tools_run_or_of_a_wait(events: list[ev.Event]) -> None:
    turn = timing_of(Conversation(events).runs[0])
    spans = [*walk(turn)]
    between = [span for span in spans if span.kind in (SpanKind.TOOL, SpanKind.APPROVAL)]
    for stall in (stall for span in spans if span.gaps is not None for stall in span.gaps.stalls):
        for held in between:
            assert held.end is not None
            assert not (stall.at <= held.start and held.end <= stall.at + stall.length)


def test_a_pause_is_a_stall_of_the_step_unless_a_tool_ran_in_it() -> None:
    def stalls(*ran: ev.Event) -> list[int]:
        events = [
            ev.RunStarted(timestamp=0, thread_id="t", run_id="r"),
            ev.StepStarted(timestamp=0, step_name="step 1"),
            ev.ToolCallStart(timestamp=0, tool_call_id="a", tool_call_name="add"),
            *(ev.ToolCallArgs(timestamp=10 * n, tool_call_id="a", delta=piece) for n, piece in enumerate('{"x":1}')),
            ev.ToolCallEnd(timestamp=70, tool_call_id="a"),
            *ran,
            ev.ToolCallStart(timestamp=2_000, tool_call_id="b", tool_call_name="add"),
            ev.ToolCallArgs(timestamp=2_000, tool_call_id="b", delta="{}"),
        ]
        turn = timing_of(Conversation(events).runs[0])
        assert len(turn.moments) == 8
        return [len(span.gaps.stalls) for span in (turn, turn.children[0]) if span.gaps is not None]

    started = ev.Custom(timestamp=100, name=ev.TOOL_STARTED, value={"toolCallId": "a"})
    ended = ev.ToolCallResult(timestamp=500, message_id="m", tool_call_id="a", content="1")
    assert stalls() == [1, 1]
    assert stalls(started) == [1, 1]
    assert stalls(started, ended) == [0, 0]


def test_the_wait_for_the_user_is_a_span_of_its_own() -> None:
    def approval(state: str, moment: int) -> ev.Custom:
        return ev.Custom(timestamp=moment, name=ev.APPROVAL, value={"toolCallId": "c", "state": state})

    events = [
        ev.RunStarted(timestamp=0, thread_id="t", run_id="r"),
        ev.StepStarted(timestamp=0, step_name="step 1"),
        ev.ToolCallStart(timestamp=100, tool_call_id="c", tool_call_name="send"),
        ev.ToolCallArgs(timestamp=150, tool_call_id="c", delta="{}"),
        ev.ToolCallEnd(timestamp=200, tool_call_id="c"),
        approval("requested", 200),
        approval("once", 4_200),
        ev.Custom(timestamp=4_210, name=ev.TOOL_STARTED, value={"toolCallId": "c"}),
        ev.ToolCallResult(timestamp=4_300, message_id="m", tool_call_id="c", content="sent"),
        ev.StepFinished(timestamp=4_300, step_name="step 1"),
        ev.RunFinished(timestamp=4_310, thread_id="t", run_id="r"),
    ]
    turn = timing_of(Conversation(events).runs[0])
    spans = {span.kind: span for span in walk(turn)}
    assert (spans[SpanKind.APPROVAL].start, spans[SpanKind.APPROVAL].end) == (200, 4_200)
    assert spans[SpanKind.TOOL].duration == 90
    assert spans[SpanKind.MODEL].duration == 200
    assert turn.wait == 4_000
