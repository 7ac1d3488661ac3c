"""A thread of another framework's agent from end to end: an approval, a tool of the client, two sub-agents and a state.

What its server sends is taken as `curl` would save it, three answers one behind the other, and is replayed, imported,
exported and gone on with.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from ag_ui.core import Event, RunAgentInput, StateSnapshotEvent, SubagentFinishedEvent, SubagentStartedEvent
from pydantic import BaseModel, TypeAdapter
from pydantic_ai import Agent, DeferredToolRequests, RunContext, ToolReturn
from pydantic_ai.messages import ModelMessage, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel
from pydantic_ai.ui import StateDeps
from pydantic_ai.ui.ag_ui import AGUIAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.formats.exports.export import export
from agent.library.library import Library
from agent.reading.lines import read_lines
from agent.recordings.recording import Recording
from agent.sources.remote.connection import Connection
from agent.sources.remote.source import RemoteSource
from tests.agent.conversation.told import told
from tests.agent.serving.serving import listening
from tests.agent.sources.remote.asking import events_of

EVENTS: TypeAdapter[Any] = TypeAdapter(Event)
"""AG-UI's own models of its events."""


class Trip(BaseModel):
    """What agent and application share."""

    city: str = ""


_WHERE = {"name": "where", "description": "Where the user is.", "parameters": {"type": "object", "properties": {}}}


async def _travels(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
    """Asks two sub-agents, then sends a mail, then asks where the user is."""
    done = sum(isinstance(part, ToolReturnPart) for message in messages for part in message.parts)
    if done == 0:
        yield {0: DeltaToolCall(name="ask_agent", json_args='{"topic": "flights"}', tool_call_id="c1")}
        yield {1: DeltaToolCall(name="ask_agent", json_args='{"topic": "hotels"}', tool_call_id="c2")}
    elif done == 2:
        yield "I write to them."
        yield {1: DeltaToolCall(name="mail", json_args='{"to": "ada"}', tool_call_id="c3")}
    elif done == 3:
        yield {0: DeltaToolCall(name="where", json_args="{}", tool_call_id="c4")}
    else:
        yield "All is "
        yield "booked."


def _agent() -> "Agent[StateDeps[Trip], str | DeferredToolRequests]":
    agent: Agent[StateDeps[Trip], str | DeferredToolRequests] = Agent(
        FunctionModel(stream_function=_travels), deps_type=StateDeps[Trip], output_type=[str, DeferredToolRequests]
    )

    @agent.tool
    async def ask_agent(context: RunContext[StateDeps[Trip]], topic: str) -> ToolReturn:
        """Ask a specialist."""
        name = f"agent-{topic}"
        context.deps.state.city = "Rome"
        begun = SubagentStartedEvent(subagent_run_id=name, name=topic, parent_tool_call_id=context.tool_call_id)
        state = StateSnapshotEvent(snapshot=context.deps.state.model_dump())
        return ToolReturn(f"{topic} found", metadata=[begun, state, SubagentFinishedEvent(subagent_run_id=name)])

    @agent.tool_plain(requires_approval=True)
    def mail(to: str) -> str:
        """Send a mail."""
        return f"sent to {to}"

    return agent


@dataclass
class _Client:
    """The application that asks it, run after run."""

    messages: list[Any] = field(default_factory=list)
    saved: list[tuple[bytes, bytes]] = field(default_factory=list)
    """What it asked and what it was answered."""

    async def ask(self, run: str, **more: Any) -> list[dict[str, Any]]:
        given = RunAgentInput.model_validate(
            {"threadId": "t", "runId": run, "messages": self.messages, "state": {"city": ""}, "tools": [_WHERE]}
            | {"context": [], "forwardedProps": {}}
            | more
        )
        adapter = AGUIAdapter(agent=_agent(), run_input=given)
        stream = adapter.encode_stream(adapter.run_stream(deps=StateDeps(Trip())))
        answer = "".join([line async for line in stream])
        self.saved.append((given.model_dump_json(by_alias=True).encode(), answer.encode()))
        return [json.loads(line[6:]) for line in answer.splitlines() if line.startswith("data: ")]


async def _thread() -> list[tuple[bytes, bytes]]:
    """Three runs: each request, and what came for it."""
    client = _Client([{"id": "u", "role": "user", "content": "Book a trip"}])
    first = await client.ask("r1")
    (asked,) = first[-1]["outcome"]["interrupts"]

    def said(name: str, tool: str, arguments: str) -> dict[str, Any]:
        return {"id": name, "type": "function", "function": {"name": tool, "arguments": arguments}}

    def result(name: str, content: str) -> dict[str, Any]:
        return {"id": f"result {name}", "role": "tool", "toolCallId": name, "content": content}

    both = [said("c1", "ask_agent", '{"topic": "flights"}'), said("c2", "ask_agent", '{"topic": "hotels"}')]
    client.messages += [{"id": "a1", "role": "assistant", "toolCalls": both}]
    client.messages += [result("c1", "flights found"), result("c2", "hotels found")]
    mail = said("c3", "mail", '{"to": "ada"}')
    client.messages += [{"id": "a2", "role": "assistant", "content": "I write to them.", "toolCalls": [mail]}]
    await client.ask("r2", resume=[{"interruptId": asked["id"], "status": "resolved", "payload": {"approved": True}}])
    client.messages += [result("c3", "sent to ada")]
    client.messages += [{"id": "a3", "role": "assistant", "toolCalls": [said("c4", "where", "{}")]}]
    client.messages += [result("c4", "at home")]
    await client.ask("r3")
    return client.saved


SAID = [
    "ask_agent done: flights found",
    "ask_agent done: hotels found",
    "preamble: I write to them.",
    "mail done: sent to ada",
]
ASKED = 'asks: Approve mail({"to":"ada"})? -> '


def _told(conversation: Conversation) -> list[list[str]]:
    """The items of each turn that say anything."""
    return [[line for line in told(run) if not line.endswith(": ")] for run in conversation.runs]


async def test_what_curl_saved_of_its_answers_alone_is_told_whole() -> None:
    recording = Recording(BytesIO(b"".join(answer for _, answer in await _thread())))
    recording.read()
    assert recording.problems == []
    conversation = recording.state(len(recording))
    # Nobody but the application knows the question, the answer to the approval and the result of its own tool.
    assert _told(conversation) == [[*SAID, f"{ASKED}None", "where untold: None"], ["answer: All is booked."]]
    first = conversation.runs[0]
    assert [(step.title, step.call_id) for step in first.steps if step.agent] == [("flights", "c1"), ("hotels", "c2")]
    assert first.state == {"city": "Rome"}


async def test_a_thread_saved_with_its_requests_is_one_turn_imported_exported_and_gone_on_with(tmp_path: Path) -> None:
    source, library = tmp_path / "thread.sse", Library(tmp_path / "data")
    source.write_bytes(b"".join(asked + b"\n" + answer for asked, answer in await _thread()))
    imported = library.import_file(source)
    (name,) = imported.sessions
    lines = [*read_lines(library.path(name))]
    for line in lines:
        EVENTS.validate_json(line.raw)
    conversation = Conversation(line.event for line in lines if line.event is not None)
    (run,) = conversation.runs
    whole = [*SAID, f'{ASKED}{{"approved": true}}', "where done: at home", "answer: All is booked."]
    assert (run.question, run.status, _told(conversation)) == ("Book a trip", RunStatus.ANSWERED, [whole])
    for kind, words in (("markdown", b"All is booked."), ("json", b"hotels found"), ("events", b"agent-hotels")):
        assert words in b"".join(export(iter(lines), kind, session_id=name))  # type: ignore[arg-type]  # one of its names

    async def ask(request: Request) -> Response:
        return await AGUIAdapter.dispatch_request(request, agent=_agent(), deps=StateDeps(Trip()))

    async with listening(Starlette(routes=[Route("/", ask, methods=["POST"])])) as url:
        more = await events_of(RemoteSource(Connection(url, {}, 20.0)), "And now?", conversation)
    assert [run.question for run in Conversation([line.event for line in lines if line.event] + more).runs][1:] == [
        "And now?"
    ]
    assert Conversation(more).runs[-1].status is RunStatus.ANSWERED, "it was told all that was said, and takes it"
