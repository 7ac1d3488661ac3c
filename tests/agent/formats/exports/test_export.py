"""What every export keeps: the golden files, and the events as they were."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.formats.exports.export import FORMATS, SUFFIXES, ExportFormat, export, secrets_in
from agent.formats.exports.json import run_as_object
from agent.reading.lines import read_lines
from agent.secrets import Secrets
from tests.agent.formats.exports.showcase import SHOWCASE, as_lines
from tests.agent.strategies import JSON, conversations
from tests.places import GOLDEN

SESSION = "20261123-150405-3f9a2c"


@pytest.mark.parametrize("export_format", FORMATS)
def test_each_format_is_its_golden_file(export_format: ExportFormat) -> None:
    exported = b"".join(export(as_lines(SHOWCASE), export_format, session_id=SESSION))
    assert exported == (GOLDEN / f"export{SUFFIXES[export_format]}").read_bytes()


@pytest.mark.parametrize("export_format", FORMATS)
def test_an_empty_session_is_an_export_too(export_format: ExportFormat) -> None:
    exported = b"".join(export([], export_format, session_id=SESSION, title="Nothing yet"))
    assert (b"Nothing yet" in exported) is (export_format != "events")


@pytest.mark.parametrize("export_format", FORMATS)
@pytest.mark.parametrize("origin", [None, {"program": "codex", "timing": "items"}])
def test_what_is_plainly_a_secret_in_another_programs_session_is_in_no_export(
    export_format: ExportFormat, origin: dict[str, str] | None
) -> None:
    key = "sk-proj-0123456789abcdef"
    events: list[ev.Event] = [
        ev.RunStarted(thread_id="t", run_id="r", metadata={"origin": origin} if origin else None),
        ev.ToolCallStart(tool_call_id="c", tool_call_name="shell"),
        ev.ToolCallArgs(tool_call_id="c", delta=f'{{"command": "curl -H \\"Authorization: Bearer {key}\\" x"}}'),
        ev.ToolCallEnd(tool_call_id="c"),
        ev.ToolCallResult(message_id="m", tool_call_id="c", content=f"OPENAI_API_KEY={key} and more"),
        ev.RunFinished(thread_id="t", run_id="r"),
    ]
    exported = b"".join(export(as_lines(events), export_format, session_id=SESSION))
    assert (key.encode() in exported) is (origin is None)
    assert b"and more" in exported


@given(conversations())
def test_exported_events_give_an_equal_conversation(events: list[ev.Event]) -> None:
    exported = b"".join(export(as_lines(events), "events", session_id=SESSION))
    again = [line.event for line in read_lines(BytesIO(exported))]
    assert Conversation(event for event in again if event is not None) == Conversation(events)


@given(st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=2), max_size=3))
def test_exported_events_are_the_bytes_of_every_whole_line(foreign: list[dict[str, object]]) -> None:
    events = [ev.Unknown(data={**data, "type": "FROM_THE_FUTURE"}) for data in foreign]
    lines = [wire.encode(event) + b"\n" for event in events]
    torn = b'{"type": "RUN_STA'
    read = read_lines(BytesIO(b"no JSON\n" + b"none\n".join(lines) + torn))
    assert b"".join(export(read, "events", session_id=SESSION)) == b"".join(lines)


@pytest.mark.parametrize("export_format", FORMATS)
def test_with_secrets_given_none_is_in_any_export_however_it_was_cut(export_format: ExportFormat) -> None:
    events: list[ev.Event] = [
        ev.RunStarted(timestamp=1, thread_id="t", run_id="r"),
        ev.TextMessageStart(timestamp=2, message_id="m", role="assistant"),
        ev.TextMessageContent(timestamp=3, message_id="m", delta="it is zebra cros"),
        ev.TextMessageContent(timestamp=4, message_id="m", delta="sing, and more"),
        ev.TextMessageEnd(timestamp=5, message_id="m"),
        ev.RunFinished(timestamp=6, thread_id="t", run_id="r", result={"answer": "it is zebra crossing, and more"}),
    ]
    secrets = Secrets(["zebra crossing"])
    assert secrets_in(as_lines(events), secrets) == 2
    whole, clean = (
        b"".join(export(as_lines(events), export_format, session_id=SESSION, secrets=one)) for one in (None, secrets)
    )
    assert b"zebra" in whole
    assert b"zebra" not in clean
    assert b"and more" in clean


def _with_two_sub_agents() -> Iterator[ev.Event]:
    """Two calls, whose sub-agents worked at the same time, and one of these asked another."""
    yield ev.RunStarted(timestamp=0, thread_id="t", run_id="r")
    yield ev.StepStarted(timestamp=1, step_name="step 1")
    for call in "ab":
        yield ev.ToolCallStart(timestamp=2, tool_call_id=call, tool_call_name=f"ask-{call}")
        yield ev.ToolCallEnd(timestamp=3, tool_call_id=call)
    agents: list[tuple[str, str | None, str | None]] = [("ada", None, "a"), ("bob", None, "b"), ("eve", "bob", None)]
    for agent, parent, asked_by in agents:
        yield ev.SubagentStarted(
            timestamp=4,
            subagent_run_id=f"run of {agent}",
            name=agent,
            parent_tool_call_id=asked_by,
            parent_subagent_run_id=None if parent is None else f"run of {parent}",
        )
        yield ev.StepStarted(timestamp=5, step_name="step 9", subagent_run_id=f"run of {agent}")
    for agent, _parent, _call in agents:
        own = f"run of {agent}"
        yield ev.TextMessageStart(timestamp=6, message_id=agent, role="assistant", subagent_run_id=own)
        yield ev.TextMessageContent(timestamp=7, message_id=agent, delta=f"{agent} says", subagent_run_id=own)
    yield ev.TextMessageStart(timestamp=8, message_id="own", role="assistant")
    yield ev.TextMessageContent(timestamp=8, message_id="own", delta="the agent says")


def test_what_sub_agents_did_stands_under_the_calls_that_asked_for_them_by_their_names() -> None:
    events = [*_with_two_sub_agents()]

    def exported(export_format: ExportFormat) -> str:
        return b"".join(export(as_lines(events), export_format, session_id=SESSION)).decode()

    page, document = exported("html"), exported("markdown")
    said = r">(ask-[ab]|ada says|bob says|eve says|ada|bob|eve|the agent says)<|(<section|</section)"
    assert ["".join(one) for one in re.findall(said, page)] == [
        *("ask-a", "<section", "ada", "ada says", "</section"),
        *("ask-b", "<section", "bob", "bob says", "<section", "eve", "eve says", "</section", "</section"),
        "the agent says",
    ]
    said = r"(?m)<b>(ask-[ab])|^((?:> )*(?:### )?(?:ada|bob|eve)(?: says)?|the agent says)$"
    assert ["".join(one) for one in re.findall(said, document)] == [
        *("ask-a", "> ### ada", "> ada says"),
        *("ask-b", "> ### bob", "> bob says", "> > ### eve", "> > eve says"),
        "the agent says",
    ]
    assert "step 9" not in page + document
    short: Any = run_as_object(Conversation(events).runs[0])
    for steps in (json.loads(exported("json"))["turns"][0]["steps"], short["steps"]):
        whose = [(one.get("agent"), one.get("agent_name")) for one in steps]
        assert dict.fromkeys(whose) == dict.fromkeys(
            [(None, None), *((f"run of {agent}", agent) for agent in ("ada", "bob", "eve"))]
        )
