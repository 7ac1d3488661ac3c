"""What is served, seen from outside: AG-UI's own models on both sides, raw requests, clients that misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import ag_ui.core
import httpx2
import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui
from langchain_core.messages import AIMessageChunk
from langchain_core.tools import tool
from pydantic import TypeAdapter

from agent.conversation.reducer import Conversation
from agent.events.types import RunInput
from agent.runs.run import Answer, Run
from agent.secrets import Secrets
from agent.serving.requests import MOST_BYTES
from agent.settings.permissions import Permissions, Rule
from agent.sources.executor.loop import AgentExecutor
from agent.sources.source import ToolInfo
from agent.sources.tools.final_answer import final_answer
from tests.agent.scripted import Gate, ScriptedModel, answering, calling, finish, texts
from tests.agent.serving.serving import serving

EVENT: TypeAdapter[Any] = TypeAdapter(ag_ui.core.Event)


@tool
def mail(to: str) -> str:
    """Send a mail."""
    return f"sent to {to}"


def _executor(*replies: Any, **more: Any) -> AgentExecutor:
    return AgentExecutor(ScriptedModel(replies=[*replies]), [mail, final_answer], needs_approval=["mail"], **more)


def _asks(*messages: Any, **more: Any) -> dict[str, Any]:
    """A request as AG-UI's own types write it."""
    given = [ag_ui.core.UserMessage(id="u1", content="q"), *messages]
    request = ag_ui.core.RunAgentInput(
        thread_id="t1", run_id="r1", state={}, messages=given, tools=[], context=[], forwarded_props={}
    )
    return {**json.loads(request.model_dump_json(by_alias=True)), **more}


async def _post(url: str, body: Any, headers: Mapping[str, str | bytes] | None = None) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with httpx2.AsyncClient(trust_env=False) as client:
        named = {"Content-Type": "application/json", **(headers or {})}
        raw = [(name.encode(), value.encode() if isinstance(value, str) else value) for name, value in named.items()]
        return await client.post(url, content=content, headers=raw)


def _events(response: httpx2.Response, *, goes_on: bool = False) -> list[dict[str, Any]]:
    """The events of an answer, each one of AG-UI's, all of them a clean stream.

    One that `goes_on` tells results of calls that the run before it told, as the protocol has it
    (https://docs.ag-ui.com/concepts/interrupts), which the validator, who sees one run, takes for unknown.
    """
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line.startswith("data: ")]
    assert_valid_agui(lines, max_warnings=0, severity_overrides={"AGUI207": "off"} if goes_on else {})
    for line in lines:
        EVENT.validate_json(line)
    return [json.loads(line) for line in lines]


def _messages(events: list[dict[str, Any]]) -> list[Any]:
    """The messages that a client keeps of a run: one with the calls, and their results."""
    calls = [
        ag_ui.core.ToolCall(
            id=event["toolCallId"],
            function=ag_ui.core.FunctionCall(
                name=event["toolCallName"],
                arguments="".join(
                    one["delta"]
                    for one in events
                    if one["type"] == "TOOL_CALL_ARGS" and one["toolCallId"] == event["toolCallId"]
                ),
            ),
        )
        for event in events
        if event["type"] == "TOOL_CALL_START"
    ]
    results = [
        ag_ui.core.ToolMessage(id=event["messageId"], content=event["content"], tool_call_id=event["toolCallId"])
        for event in events
        if event["type"] == "TOOL_CALL_RESULT"
    ]
    return [ag_ui.core.AssistantMessage(id="a1", tool_calls=calls), *results]


async def test_an_answer_is_a_clean_stream_of_ag_uis_events_with_the_clients_ids() -> None:
    async with serving(_executor(answering("It is done."))) as url:
        events = _events(await _post(url, _asks()))
    assert (events[0]["threadId"], events[0]["runId"]) == ("t1", "r1")
    assert [message["id"] for message in events[0]["input"]["messages"]] == ["u1"]
    assert events[-1]["result"]["answer"] == "It is done."
    assert events[-1]["outcome"] == {"type": "success"}


async def test_what_the_model_was_given_is_no_clients_business() -> None:
    async with serving(_executor(answering("It is done."), system="The word is sesame.")) as url:
        answer = await _post(url, _asks())
    assert "sesame" not in answer.text
    assert {"tickertape.given", "tickertape.reply"}.isdisjoint(event.get("name") for event in _events(answer))


@pytest.mark.parametrize(
    ("entry", "result"),
    [
        ({"status": "resolved", "payload": {"approved": True}}, "sent to ada"),
        ({"status": "resolved", "payload": {"approved": True, "editedArgs": {"to": "eve"}}}, "sent to eve"),
        ({"status": "resolved", "payload": {"approved": False, "reason": "not now"}}, "not now"),
        ({"status": "resolved", "payload": {"approved": "yes"}}, "did not allow"),
        ({"status": "resolved", "payload": True}, "sent to ada"),
        ({"status": "cancelled"}, "did not allow"),
    ],
)
async def test_a_tool_that_asks_is_an_interrupt_and_runs_only_at_a_clear_yes(entry: Any, result: str) -> None:
    served = _executor(calling(("mail", {"to": "ada"})), answering("Done."))
    async with serving(served) as url:
        first = _events(await _post(url, _asks()))
        (asked,) = first[-1]["outcome"]["interrupts"]
        call_id = next(event["toolCallId"] for event in first if event["type"] == "TOOL_CALL_START")
        assert (asked["reason"], asked["toolCallId"]) == ("tool_call", call_id)
        assert set(asked["responseSchema"]["properties"]) == {"approved", "editedArgs", "reason"}
        resume = [{"interruptId": asked["id"], **entry}]
        second = _events(await _post(url, _asks(*_messages(first), runId="r2", resume=resume)), goes_on=True)
    (told,) = [event for event in second if event["type"] == "TOOL_CALL_RESULT"][:1]
    assert (told["toolCallId"], result in told["content"]) == (call_id, True)
    assert second[-1]["result"]["answer"] == "Done."


async def test_an_answer_to_what_nobody_asked_is_an_error_and_none_to_what_was_asked_asks_again() -> None:
    served = _executor(calling(("mail", {"to": "ada"})))
    async with serving(served) as url:
        first = _events(await _post(url, _asks()))
        odd = [{"interruptId": "approve:other", "status": "resolved", "payload": {"approved": True}}]
        wrong = _events(await _post(url, _asks(*_messages(first), resume=odd)))
        again = _events(await _post(url, _asks(*_messages(first))))
    assert (wrong[-1]["type"], "approve:other" in wrong[-1]["message"]) == ("RUN_ERROR", True)
    assert again[-1]["outcome"] == first[-1]["outcome"]


async def test_what_the_settings_deny_no_client_can_allow() -> None:
    served = _executor(
        calling(("mail", {"to": "ada"})), answering(), permissions=lambda: Permissions(deny=(Rule.parse("mail(eve)"),))
    )
    async with serving(served) as url:
        first = _events(await _post(url, _asks()))
        entry = {"status": "resolved", "payload": {"approved": True, "editedArgs": {"to": "eve"}}}
        resume = [{"interruptId": first[-1]["outcome"]["interrupts"][0]["id"], **entry}]
        second = _events(await _post(url, _asks(*_messages(first), resume=resume)), goes_on=True)
    assert "deny mail(eve)" in next(event["content"] for event in second if event["type"] == "TOOL_CALL_RESULT")


async def test_the_clients_tools_are_the_models_too_and_the_client_runs_them() -> None:
    model = ScriptedModel(replies=[calling(("draw", {"what": "a cat"}), ("mail", {"to": "x"})), answering("Drawn.")])
    tools = [
        {"name": "draw", "description": "Draw.", "parameters": {"properties": {"what": {"type": "string"}}}},
        {"name": "mail", "description": "Ours is another."},
        {"name": "no such name!", "description": ""},
    ]
    async with serving(AgentExecutor(model, [mail, final_answer])) as url:
        first = _events(await _post(url, _asks(tools=tools)))
        (call_id,) = first[-1]["outcome"]["pendingToolCallIds"]
        drawn = ag_ui.core.ToolMessage(id="d1", content="a fine cat", tool_call_id=call_id)
        second = _events(await _post(url, _asks(*_messages(first), drawn, tools=tools)))
    assert model.requests[0].arguments["tools"] == ["mail", "final_answer", "draw"]
    notices = [event["value"]["reason"] for event in first if event.get("name") == "tickertape.notice"]
    assert ["already one of that name" in notices[0], "its name" in notices[1]] == [True, True]
    told = [message.text for message in model.requests[1].messages if message.type == "tool"]
    assert told == ["a fine cat", "sent to x"]
    assert second[-1]["result"]["answer"] == "Drawn."


async def test_what_the_client_says_of_itself_the_model_is_told() -> None:
    model = ScriptedModel(replies=[answering()])
    system = ag_ui.core.SystemMessage(id="s1", content="Speak like a pirate.")
    context = [{"description": "the user's town", "value": "Ostia"}]
    async with serving(AgentExecutor(model, [mail, final_answer])) as url:
        _events(
            await _post(
                url, _asks(messages=[json.loads(system.model_dump_json()), *_asks()["messages"]], context=context)
            )
        )
    told = model.requests[0].messages[0].text
    assert ["Speak like a pirate." in told, "the user's town: Ostia" in told] == [True, True]


# Who may ask, and what is no request


async def test_without_a_token_only_this_machines_programs_may_ask_and_no_page_of_a_browser() -> None:
    async with serving(_executor(answering(), answering())) as url:
        assert (await _post(url, _asks())).status_code == 200
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
            refused = await _post(url, _asks(), headers)
            assert (refused.status_code, "detail" in refused.json()) == (403, True)
        form = await _post(url, _asks(), {"Content-Type": "text/plain"})
        assert form.status_code == 415
        async with httpx2.AsyncClient(trust_env=False) as client:
            asked = await client.options(
                url, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
            )
        assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer sesame", "Basic sesame-sesame", "Bearer sesame-sesam\xe9"])
async def test_with_a_token_nobody_may_ask_without_it(given: str) -> None:
    word = "sesame-sesame"
    async with serving(_executor(answering()), token=word) as url:
        refused = await _post(url, _asks(), {"Authorization": given.encode("latin-1")} if given else {})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        right = {"Authorization": "Bearer sesame-sesame", "Host": "tickertape.example"}
        assert (await _post(url, _asks(), right)).status_code == 200
        async with httpx2.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url}health")).json() == {"status": "ok"}


async def test_a_site_that_is_named_may_ask() -> None:
    origin = {"Origin": "https://app.example"}
    async with serving(_executor(answering()), origins=["https://app.example"]) as url:
        answer = await _post(url, _asks(), origin)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert (await _post(url, _asks(), {"Origin": "https://evil.example"})).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 422, "not JSON"),
        (b"[1, 2]", 422, "no RunAgentInput: an object is wanted, with messages in it"),
        (b'{"threadId": "t"}', 422, "no RunAgentInput: messages are missing"),
        (b'{"threadId": "t", "messages": "hello"}', 422, "no RunAgentInput: messages is no list"),
        (b'{"threadId": "t", "runId": "r", "messages": []}', 422, "no message of a user to answer: messages is empty"),
        (b'{"messages": [{"role": "robot"}]}', 422, "no message of a user to answer: their roles are “robot”"),
        (b"[" * 100_000, 422, "not JSON"),
        (b" " * (MOST_BYTES + 1), 413, "longer than 16 MB"),
    ],
    ids=["empty", "a list", "no messages", "a text for them", "no message", "no user's", "deep", "long"],
)
async def test_what_is_no_request_is_refused_in_words(body: bytes, status: int, words: str) -> None:
    async with serving(_executor()) as url:
        refused = await _post(url, body)
    assert (refused.status_code, words in refused.json()["detail"]) == (status, True)


async def test_a_body_that_grows_beyond_what_is_read_is_refused_without_a_length_too() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MOST_BYTES // 2**20 + 2):
            yield b" " * 2**20

    async with serving(_executor()) as url, httpx2.AsyncClient(trust_env=False) as client:
        refused = await client.post(url, content=endless(), headers={"Content-Type": "application/json"})
    assert refused.status_code == 413


# Clients that go, and clients that are slow


async def test_a_client_that_goes_ends_its_run() -> None:
    gate = Gate()
    cancelled = asyncio.Event()

    class _Model(ScriptedModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            try:
                async for chunk in super()._astream(*args, **kwargs):
                    yield chunk
            except asyncio.CancelledError:
                cancelled.set()
                raise

    served = AgentExecutor(_Model(replies=[[*texts("so far "), gate, *texts("never")]]), [mail])
    async with serving(served) as url:
        async with _reading(url, _asks()) as pieces:
            async for piece in pieces:
                if b"so far" in piece:
                    break
        await asyncio.wait_for(cancelled.wait(), 5)


@asynccontextmanager
async def _reading(url: str, body: Any) -> AsyncIterator[AsyncIterator[bytes]]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        request = client.build_request("POST", url, json=body)
        response = await client.send(request, stream=True)
        try:
            yield response.aiter_raw()
        finally:
            await response.aclose()


class _Chatty:
    """Says as many words as it is let, and counts them."""

    def __init__(self, words: int) -> None:
        self.model = _ChattyModel(replies=[], words=words)
        self._executor = AgentExecutor(self.model, [])

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        return await self._executor.work(run, history, without)

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        return {}

    tools: Sequence[ToolInfo] = ()
    can_be_steered = False

    def without(self, names: Collection[str]) -> "_Chatty":
        return self

    def prepare(self, history: Conversation) -> None:
        self._executor.prepare(history)

    async def serve(self, run: Run, history: Conversation, request: RunInput) -> Answer:
        return await self._executor.serve(run, history, request)


class _ChattyModel(ScriptedModel):
    words: int
    said: int = 0

    async def _astream(self, *args: Any, **kwargs: Any) -> Any:
        from langchain_core.outputs import ChatGenerationChunk

        for number in range(self.words):
            self.said = number + 1
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"word{number} " + "x" * 400))
            if number % 50 == 0:
                await asyncio.sleep(0)
        yield ChatGenerationChunk(message=finish())


async def test_a_slow_reader_has_the_model_wait_and_holds_up_nobody_else() -> None:
    chatty = _Chatty(40_000)
    async with serving(chatty) as url:
        host, port = url.removeprefix("http://").rstrip("/").split(":")
        body = json.dumps(_asks()).encode()
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**16)
        head = (
            f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await reader.readuntil(b"data: ")
        before = -1
        while chatty.model.said != before:  # until it stands still, though nobody has read
            before = chatty.model.said
            await asyncio.sleep(0.2)
        assert 0 < chatty.model.said < 40_000
        async with httpx2.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url}health")).status_code == 200
        writer.close()


async def test_a_failure_is_told_without_what_is_secret() -> None:
    model = ScriptedModel(replies=[[RuntimeError("bad key sk-abcdefghijkl")]])
    async with serving(AgentExecutor(model, [], secrets=Secrets(["sk-abcdefghijkl"]))) as url:
        events = _events(await _post(url, _asks()))
    assert events[-1]["type"] == "RUN_ERROR"
    assert "abcdefghijkl" not in json.dumps(events)
