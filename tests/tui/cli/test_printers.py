"""The laws of the printers of `ask`."""

import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.text import visible
from tui.cli.headless.printers import Format, make_printer

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FRAGMENTS = st.lists(TEXTS, max_size=4)


class _Tty(StringIO):
    def isatty(self) -> bool:
        return True


def _printed(
    output_format: Format, events: list[ev.Event], out: StringIO | None = None, *, is_over: bool = True
) -> str:
    out = out or StringIO()
    printer = make_printer(output_format, out)
    for event in events:
        printer(event)
    if is_over:
        printer.end()
    return out.getvalue()


def _call(number: int, fragments: list[str]) -> list[ev.Event]:
    name = f"call{number}"
    return [
        ev.ToolCallStart(tool_call_id=name, tool_call_name=f"tool{number}"),
        *(ev.ToolCallArgs(tool_call_id=name, delta=fragment) for fragment in fragments),
        ev.ToolCallEnd(tool_call_id=name),
    ]


def _message(name: str, fragments: list[str], call_id: str | None = None) -> list[ev.Event]:
    return [
        ev.TextMessageStart(message_id=name, metadata={"toolCallId": call_id} if call_id else None),
        *(ev.TextMessageContent(message_id=name, delta=fragment) for fragment in fragments),
        ev.TextMessageEnd(message_id=name),
    ]


@st.composite
def _interleaved(draw: st.DrawFn) -> list[ev.Event]:
    """The calls and texts of a step, each in order, mixed in any way."""
    lanes = [_call(number, draw(FRAGMENTS)) for number in range(draw(st.integers(1, 4)))]
    if draw(st.booleans()):
        lanes.append(_message("said", draw(FRAGMENTS)))
    mixed: list[ev.Event] = []
    while any(lanes):
        mixed.append(draw(st.sampled_from([lane for lane in lanes if lane])).pop(0))
    return mixed


def _owed(events: list[ev.Event]) -> str:
    """What has to stand there after these events: each part whole and in the order of their starts, up to the first
    that is not at its end, and of that one all there is."""
    parts: dict[str, list[str]] = {}
    ended: set[str] = set()
    for event in events:
        match event:
            case ev.ToolCallStart():
                parts[event.tool_call_id] = [f"Calling {event.tool_call_name}...\n"]
            case ev.TextMessageStart():
                parts[event.message_id] = []
            case ev.ToolCallArgs():
                parts[event.tool_call_id].append(event.delta)
            case ev.TextMessageContent():
                parts[event.message_id].append(event.delta)
            case ev.ToolCallEnd():
                ended.add(event.tool_call_id)
            case ev.TextMessageEnd():
                ended.add(event.message_id)
    owed = ""
    for name, texts in parts.items():
        owed += "".join(texts)
        if name not in ended:
            return owed
        owed += "\n"
    return owed


@given(_interleaved())
def test_steps_holds_the_second_of_parallel_calls_until_the_first_is_printed(events: list[ev.Event]) -> None:
    out = StringIO()
    printer = make_printer("steps", out)
    for number, event in enumerate(events, 1):
        printer(event)
        assert out.getvalue() == _owed(events[:number])


@given(st.lists(_interleaved(), min_size=1, max_size=3))
def test_steps_puts_one_blank_line_between_two_steps(steps: list[list[ev.Event]]) -> None:
    finished = ev.StepFinished(step_name="step")
    printed = _printed("steps", [event for step in steps for event in (*step, finished)])
    assert printed == "\n".join(_owed(step) for step in steps)


@given(_interleaved(), st.integers(0, 30))
def test_steps_prints_all_that_was_held_when_the_run_is_cut(events: list[ev.Event], cut: int) -> None:
    events = events[:cut]
    printed = _printed("steps", [*events, ev.RunError(message="Cancelled.", code="cancelled")])
    for event in events:
        if isinstance(event, ev.ToolCallStart):
            assert f"Calling {event.tool_call_name}...\n" in printed
    assert sum(len(getattr(event, "delta", "")) for event in events) <= len(printed)
    assert not events or printed.endswith("\n")


def test_steps_prints_the_answer_in_its_call_only() -> None:
    call = _call(1, ['{"answer":"', "20", '"}'])
    spoken = _message("m", ["20"], call_id="call1")
    printed = _printed("steps", [*call[:3], spoken[0], spoken[1], *call[3:], spoken[2]])
    assert printed == 'Calling tool1...\n{"answer":"20"}\n'


@given(st.lists(FRAGMENTS, max_size=3))
def test_text_is_all_messages_and_tokens_are_the_same_with_bars(messages: list[list[str]]) -> None:
    events = [event for number, fragments in enumerate(messages) for event in _message(f"m{number}", fragments)]
    events.append(ev.RunFinished(thread_id="t", run_id="r"))
    said = [fragments for fragments in messages if fragments]
    end = "\n" if said else ""
    assert _printed("text", events) == "\n\n".join("".join(fragments) for fragments in said) + end
    barred = ["".join(f"{fragment}|" for fragment in fragments) for fragments in said]
    assert _printed("tokens", events) == "\n\n".join(barred) + end


@given(_interleaved())
def test_events_are_lines_that_read_back_as_they_were(events: list[ev.Event]) -> None:
    lines = _printed("events", events).removesuffix("\n").split("\n")
    assert [wire.decode(line) for line in lines] == events


@given(_interleaved())
def test_json_is_one_object_when_the_run_has_ended_and_nothing_before(events: list[ev.Event]) -> None:
    messages = [ev.InputMessage(role="user", content="why?")]
    run_input = ev.RunInput(thread_id="t", run_id="r", messages=messages)
    begun = [ev.RunStarted(thread_id="t", run_id="r", input=run_input), ev.StepStarted(step_name="step 1"), *events]
    assert _printed("json", begun, is_over=False) == ""
    whole = [*begun, ev.RunFinished(thread_id="t", run_id="r", result={"answer": "so", "tools_used": ["a"]})]
    told = json.loads(_printed("json", whole))
    run = Conversation(whole).runs[-1]
    assert (told["question"], told["answer"], told["tools_used"], told["status"]) == ("why?", "so", ["a"], "answered")
    calls = [call for step in told["steps"] for call in step["calls"]]
    assert [(call["name"], call["arguments"]) for call in calls] == [
        (call.name, call.fragments.text) for call in run.calls
    ]


@pytest.mark.parametrize("output_format", ["text", "tokens", "steps", "json", "events"])
@given(text=TEXTS)
def test_a_terminal_gets_nothing_that_it_would_obey(output_format: Format, text: str) -> None:
    events = [*_message("m", [text, "\x1b[2J\x9b1m\u202e"]), ev.RunFinished(thread_id="t", run_id="r")]
    if output_format == "json":
        events.insert(0, ev.RunStarted(thread_id="t", run_id="r"))
    printed = _printed(output_format, events, _Tty())
    assert printed == visible(printed)
    assert printed == visible(_printed(output_format, events))
