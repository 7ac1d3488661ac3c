"""Agents of another framework behind a URL: Pydantic AI's, over its own AG-UI adapter and a real server."""

import json
from collections.abc import AsyncIterator

from pydantic_ai import Agent, DeferredToolRequests
from pydantic_ai.messages import ModelMessage, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, DeltaToolCalls, FunctionModel
from pydantic_ai.ui.ag_ui import AGUIAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.conversation.decisions import Decision
from agent.conversation.items import CallStatus, Reasoning
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.secrets import Secrets
from agent.settings.permissions import Permissions
from agent.sources.remote.connection import Connection
from agent.sources.remote.frontend import FrontendTools
from agent.sources.remote.source import RemoteSource
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.serving.serving import listening
from tests.agent.sources.remote.asking import events_of
from tests.agent.sources.remote.test_source import add

Piece = str | DeltaToolCalls | dict[int, DeltaThinkingPart]


def _results(messages: list[ModelMessage]) -> list[str]:
    return [str(part.content) for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]


async def _acting(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Piece]:
    """Thinks and calls a tool, then says what came of it."""
    if results := _results(messages):
        for word in ("It ", "gave ", f"{results[-1]}."):
            yield word
        return
    yield {0: DeltaThinkingPart(content="which tool?", signature="s3cret")}
    name, arguments = ("add", '{"x": 3, "y": 4}') if _has(info, "add") else ("mail", '{"to": "ada"}')
    yield {1: DeltaToolCall(name=name, tool_call_id="call_1", json_args=arguments[:6])}
    yield {1: DeltaToolCall(json_args=arguments[6:])}


def _has(info: AgentInfo, name: str) -> bool:
    return any(tool.name == name for tool in info.function_tools)


def _app(agent: "Agent[None, str | DeferredToolRequests]") -> Starlette:
    async def ask(request: Request) -> Response:
        return await AGUIAdapter.dispatch_request(request, agent=agent)

    return Starlette(routes=[Route("/", ask, methods=["POST"])])


def _agent() -> "Agent[None, str | DeferredToolRequests]":
    agent: Agent[None, str | DeferredToolRequests] = Agent(
        FunctionModel(stream_function=_acting), output_type=[str, DeferredToolRequests]
    )

    @agent.tool_plain(requires_approval=True)
    def mail(to: str) -> str:
        """Send a mail."""
        return f"sent to {to}"

    return agent


async def test_its_tool_that_asks_is_asked_here_and_its_turn_goes_on() -> None:
    async with listening(_app(_agent())) as url:
        events = await events_of(RemoteSource(Connection(url, {}, 20.0)), "mail ada", decisions=[Decision("once")])
    (run,) = Conversation(events).runs
    assert (run.status, run.answer) == (RunStatus.ANSWERED, "It gave sent to ada.")
    assert [(call.name, call.fragments.text, call.result) for call in run.calls] == [
        ("mail", '{"to": "ada"}', "sent to ada")
    ]
    assert any(isinstance(item, Reasoning) and item.fragments.text == "which tool?" for item in run.items)


async def test_its_tool_is_not_run_where_the_user_says_no_and_the_next_turn_goes_on() -> None:
    async with listening(_app(_agent())) as url:
        source = RemoteSource(Connection(url, {}, 20.0))
        first = await events_of(source, "mail ada", decisions=[Decision("denied", reason="not ada")])
        second = await events_of(source, "and now?", Conversation(first))
    (one, two) = Conversation([*first, *second]).runs
    assert "sent to" not in json.dumps([call.result for call in one.calls])
    assert two.status is RunStatus.ANSWERED


async def test_a_tool_of_ours_is_called_by_it_and_run_here() -> None:
    tools = FrontendTools([add], permissions=Permissions, loop=ToolLoop(), secrets=Secrets())
    async with listening(_app(_agent())) as url:
        source = RemoteSource(Connection(url, {}, 20.0), tools=tools)
        events = await events_of(source, "add", decisions=[Decision("once")])
    (run,) = Conversation(events).runs
    assert (run.answer, [(call.name, call.result, call.status) for call in run.calls]) == (
        "It gave 7.",
        [("add", "7", CallStatus.DONE)],
    )
