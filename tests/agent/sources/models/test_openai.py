"""Our way to a Chat Completions server: what goes out, and what comes of the raw bytes that come back."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import compress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import SecretStr

from agent.conversation.items import Message, Reasoning
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.sources.context.learned import WindowFile
from agent.sources.executor.loop import AgentExecutor
from agent.sources.models.openai import connection
from agent.sources.models.openai.connection import Connection
from agent.sources.models.openai.model import OpenAIChat
from agent.sources.replies.fields import FIELDS, NO_REASONING
from agent.sources.tools.load import default_tools
from tests.agent.scripted import asserted, of
from tests.agent.sources.models.loopback import Loopback, Response, events, loopback

STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def text(content: str, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content, **delta}}]}


def calls(*told: dict[str, Any], **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"tool_calls": list(told), **delta}, "finish_reason": "tool_calls"}]}


def add(**further: Any) -> dict[str, Any]:
    return {"index": 0, "id": "c1", "function": {"name": "add", "arguments": '{"x": 2, "y": 3}'}, **further}


async def asked(server: Loopback, past: Conversation | None = None, **options: Any) -> list[ev.Event]:
    """The events of a turn."""
    model = OpenAIChat(model="m", base_url=f"{server.url}/v1", api_key=SecretStr("k"))
    agent = AgentExecutor(model, default_tools(), sleep=_nothing, **options)
    async with agent.stream("2 + 3?", past) as run:
        return asserted([event async for event in run])


async def _nothing(_seconds: float) -> None:
    """Waits for nothing."""


async def answer(*responses: Response) -> str:
    """The answer to a question, or what went wrong."""
    async with loopback(*responses) as server:
        last = (await asked(server))[-1]
    return last.result["answer"] if isinstance(last, ev.RunFinished) else str(getattr(last, "message", ""))


# What goes out

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_CALLS = st.lists(
    st.builds(
        lambda number, arguments: {"name": "add", "args": arguments, "id": f"c{number}", "type": "tool_call"},
        st.integers(0, 9),
        st.dictionaries(_TEXTS, st.integers() | _TEXTS, max_size=2),
    ),
    max_size=2,
)
_MESSAGES = st.lists(
    st.one_of(
        st.builds(SystemMessage, _TEXTS),
        st.builds(HumanMessage, _TEXTS),
        st.builds(lambda content, made: AIMessage(content, tool_calls=made), _TEXTS, _CALLS),
        st.builds(lambda content: ToolMessage(content, tool_call_id="c1"), _TEXTS),
    ),
    max_size=6,
)


@given(_MESSAGES, st.sampled_from(["gpt-4o-mini", "o3", "org/model:tag"]), st.none() | st.floats(0, 2))
def test_a_request_is_what_langchains_own_client_would_send(
    messages: list[BaseMessage], name: str, temperature: float | None
) -> None:
    theirs = _langchains(name, temperature)
    ours = OpenAIChat(model=name, temperature=temperature)
    tools = default_tools()
    bound, expected = ours.bind_tools(tools, tool_choice="any"), theirs.bind_tools(tools, tool_choice="any")
    sent = ours.payload(messages, **bound.kwargs)  # type: ignore[attr-defined]
    wanted = theirs._get_request_payload(
        messages, stream=True, stream_options={"include_usage": True}, **expected.kwargs
    )
    assert json.loads(json.dumps(sent)) == json.loads(json.dumps(wanted))


def _langchains(name: str, temperature: float | None) -> Any:
    from langchain_openai import ChatOpenAI  # three seconds, for this law alone

    return ChatOpenAI(model=name, api_key=SecretStr("k"), temperature=temperature, use_responses_api=False)


def test_a_picture_goes_out_as_the_wire_has_it() -> None:
    block = {"type": "image", "base64": "aGk=", "mime_type": "image/png"}
    sent = OpenAIChat(model="m").payload([HumanMessage([{"type": "text", "text": "see"}, block])])
    told = sent["messages"][0]["content"]
    assert told[0] == {"type": "text", "text": "see"}
    assert told[1]["image_url"]["url"] == "data:image/png;base64,aGk="


def test_fields_of_a_reply_go_back_under_their_names_unless_they_were_refused() -> None:
    fields = {"message": {"reasoning": "r"}, "calls": {"c1": {"extra_content": {"x": 1}}}}
    call = {"name": "add", "args": {}, "id": "c1", "type": "tool_call"}
    message = AIMessage("", tool_calls=[call], additional_kwargs={FIELDS: fields})
    model = OpenAIChat(model="m")
    (sent,) = model.payload([message])["messages"]
    assert sent["reasoning"] == "r"
    assert sent["tool_calls"][0]["extra_content"] == {"x": 1}
    model.leave_out("reasoning")
    model.leave_out("stream_options")
    payload = model.payload([message])
    assert "reasoning" not in payload["messages"][0]
    assert "stream_options" not in payload


def test_a_server_that_refuses_null_or_wants_thoughts_gets_what_it_takes() -> None:
    message = AIMessage("", tool_calls=[{"name": "add", "args": {}, "id": "c1", "type": "tool_call"}])
    model = OpenAIChat(model="m")
    assert model.payload([message])["messages"][0]["content"] is None
    model.leave_out("content")
    model.leave_out(NO_REASONING)
    (sent,) = model.payload([message])["messages"]
    assert sent["content"] == ""
    assert sent["reasoning_content"].isspace()
    thought = message.model_copy(update={"additional_kwargs": {FIELDS: {"message": {"reasoning_content": "hm"}}}})
    assert model.payload([thought])["messages"][0]["reasoning_content"] == "hm"


# What comes back

REPLY = events(text("It "), text("is 5."), STOP)
WHOLE = json.dumps({"choices": [{"message": {"content": "It is 5."}, "finish_reason": "stop"}]}).encode()
BODIES: dict[str, Response] = {
    "events": Response(body=REPLY),
    "single bytes": Response(pieces=[bytes([byte]) for byte in REPLY]),
    "a byte order mark": Response(body=b"\xef\xbb\xbf" + REPLY),
    "carriage returns": Response(body=REPLY.replace(b"\n", b"\r\n")),
    "comments and empty events": Response(body=b": hm\n\ndata:\n\nid: 1\n\nevent: ping\n\n" + REPLY),
    "signs of life that are no JSON": Response(body=b"data: PING\n\n" + REPLY),
    "no empty lines between": Response(body=REPLY.replace(b"\n\n", b"\n") + b"\n"),
    "no end but the reason": Response(body=events(text("It is 5."), STOP, done=False)),
    "no last empty line": Response(body=events(text("It is 5."), STOP, done=False)[:-2]),
    "no reason but the end": Response(body=events(text("It is 5."))),
    "cut behind the reason": Response(body=events(text("It is 5."), STOP, done=False), has_length=True),
    "open behind the reason": Response(body=events(text("It is 5."), STOP, done=False), stays_open=True),
    "open behind the end": Response(body=REPLY, stays_open=True),
    "more behind the end": Response(body=REPLY + events(text(" And 6."))),
    "a whole completion": Response(body=WHOLE, content_type="application/json"),
    "a whole completion, pretty": Response(body=json.dumps(json.loads(WHOLE), indent=2).encode(), content_type="x/y"),
    "a whole completion as an event": Response(body=b"data: " + WHOLE + b"\n\n"),
    "the whole told once more": Response(body=events(text("It is 5."), json.loads(WHOLE))),
    "lines of JSON": Response(body=b"%s\n%s\n" % (json.dumps(text("It is 5.")).encode(), json.dumps(STOP).encode())),
    "another content type": Response(body=REPLY, content_type="text/plain"),
    "the content in parts": Response(body=events(text([{"type": "text", "text": "It is 5."}]), STOP)),  # type: ignore[arg-type]
    "thoughts in the text": Response(body=events(text("<think>2 and"), text(" 3</think>\n\nIt is 5."), STOP)),
    "the field's name twice": Response(body=REPLY.replace(b"data: ", b"data: data: ")),
    "an end nearly as OpenAI's": Response(body=events(text("It is 5."), done=False) + b'data: "[done]"\n\n'),
    "an end that is an event": Response(body=events(text("It is 5."), done=False) + b"event: done\ndata: {}\n\n"),
    "an end without a field": Response(body=events(text("It is 5."), done=False) + b"[DONE]\n\n"),
    "JSON without anything between": Response(body=json.dumps(text("It is 5.")).encode() + json.dumps(STOP).encode()),
    "an envelope": Response(body=events({"code": 0, "message": "ok", "data": text("It is 5.")}, STOP)),
    "another number": Response(body=events({"choices": [{"index": 1, "delta": {"content": "It is 5."}}]})),
    "a single choice": Response(body=events({"choices": {"delta": {"content": "It is 5."}}}, STOP)),
    "a delta that is a text": Response(body=events({"choices": [{"delta": "It is 5."}]}, STOP)),
    "a number for a text": Response(body=events(text("It is "), text(5), text("."), STOP)),  # type: ignore[arg-type]
    "messages for deltas": Response(
        body=events({"choices": [{"message": {"content": "It is "}}]}, {"choices": [{"message": {"content": "5."}}]})
    ),
    "a reason beside the choices": Response(body=events(text("It is 5."), {"finish_reason": "stop"}, done=False)),
    "a reason with every chunk": Response(
        body=events(*({"choices": [{"delta": {"content": one}, "finish_reason": "stop"}]} for one in ("It ", "is 5.")))
    ),
    "null for what is not there": Response(body=events({"choices": None}, text("It is 5.", tool_calls=None), STOP)),
}  # fmt: skip


@pytest.mark.parametrize("response", BODIES.values(), ids=BODIES)
async def test_the_answer_is_the_same_however_a_server_frames_it(response: Response) -> None:
    assert await answer(response) == "It is 5."


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (Response(body=events(text("It is"), done=False)), "cut off"),
        (Response(body=events(text("It is"), {"choices": [{"delta": {}, "finish_reason": "length"}]})), "cut off"),
        (Response(body=events(text("It"), {"choices": [{"delta": {}, "finish_reason": "length"}]}, STOP)), "cut off"),
        (Response(body=events(text("x"), {"choices": [{"delta": {}, "finish_reason": "net_error"}]})), "net_error"),
        (Response(body=events(text("x"), {"error": {"message": "it broke"}})), "it broke"),
        (Response(body=events({"error": "too odd", "code": 400})), "too odd"),
        (Response(body=b"event: error\ndata: it broke\n\n"), "it broke"),
        (Response(body=b'{"error": {"message": "no such thing"}}', content_type="application/json"), "no such thing"),
        (Response(body=b'{"detail": "no such thing"}', content_type="application/json"), "no such thing"),
        (Response(body=b"<html>Welcome</html>", content_type="text/html"), "base URL"),
        (Response(status=301, headers={"Location": "https://elsewhere/v1"}), "https://elsewhere/v1"),
        (Response(status=404, body=b"404 page not found"), "page not found"),
        (Response(body=events(text("x"), done=False) + b"data: {broken\n\n"), "not JSON"),
        (Response(body=events(text("It is"), done=False), has_length=True), "the connection was cut"),
        (Response(body=REPLY, headers={"Content-Encoding": "gzip"}), "not packed as its Content-Encoding says (gzip"),
        (Response(body=compress(REPLY)[:-30], headers={"Content-Encoding": "deflate"}), "cut off"),
        (Response(body=b"\x0b\x02\x80", headers={"Content-Encoding": "br"}), "packed as br, which is not read"),
        (Response(status=401, body=b"no", headers={"Content-Encoding": "gzip"}), "401: X. Set the key"),
        (Response(body=b"All is well", content_type="text/plain"), "no reply: All is well"),
        (Response(body=b'{"status": "strange"}', content_type="application/json"), 'no reply: {"status": "strange"}'),
        (Response(body=events({"status": "strange"})), 'no reply: {"status": "strange"}'),
        (Response(body=events(text("It"), done=False) + b'{"error": {"message": "no slots left"}}\n'), "no slots left"),
        (Response(body=events({"choices": [{"delta": {"error": {"code": 400, "message": "bad"}}}]})), "bad"),
        (Response(body=b'{"errcode": 40001, "errmsg": "no such key"}', content_type="application/json"), "no such key"),
        (Response(status=403, body=b"<?xml version='1.0'?><Error><Message>In words</Message></Error>"), "In words"),
        (Response(status=400, body=b'{"title": "Bad Request", "status": 400, "detail": "the field is odd"}'), "odd"),
        (Response(status=400, body=b'{"message": "x is odd", "error": "Bad Request"}'), "400: x is odd"),
        (Response(status=401, body=b'{"error": "invalid_token", "error_description": "it expired"}'), "it expired"),
        (Response(status=403, body=b'{"Message": "no way in"}'), "no way in"),
        (Response(status=422, body=b'{"message": "Wrong", "errors": {"model": ["is not known"]}}'), "is not known"),
        (Response(status=402, body=b'{"error": {"message": "Insufficient Balance"}}'), "nothing left to pay"),
        (Response(status=400, body="zu gro\xdf".encode("latin-1")), "zu groß"),
        (Response(status=400, body=b'{"errors": [{"message": "one"}, {"message": "two"}]}'), "one; two"),
        (Response(status=400, body=b'{"error": {"message": "Proxy: {\'error\': {\'message\': \'inner\'}}"}}'), "inner"),
        (Response(status=400, body=b'{"message": "the type is {\\"type\\": 5}"}'), 'the type is {"type": 5}'),
    ],
)  # fmt: skip
async def test_what_went_wrong_is_told_in_the_servers_words(response: Response, words: str) -> None:
    assert words in await answer(response)


@pytest.mark.parametrize(
    "failure",
    [
        Response(status=503, body=b"<html>busy</html>"),
        Response(status=429, headers={"Retry-After": "1"}),
        Response(body=events({"error": {"message": "busy", "code": 502}})),
        Response(body=events({"error": {"message": "busy", "type": "overloaded_error"}})),
        Response(body=events({"choices": [{"delta": {}, "finish_reason": "error"}]})),
        Response(body=b"", has_length=True),
        Response(body=b"", content_type="application/json"),
        Response(body=b": a sign of life\n\n"),
        Response(body=events(text(""), {"choices": [{"delta": {}, "finish_reason": "stop"}]})),
        Response(status=400, body=b'{"error": {"message": "slow down", "type": "rate_limit_error"}}'),
    ],
)
async def test_what_may_pass_is_tried_again_before_the_first_token(failure: Response) -> None:
    assert await answer(failure, Response(body=REPLY)) == "It is 5."


async def test_a_reason_in_every_chunk_ends_nothing_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_END_GRACE", 0.2)
    chunks = [{"choices": [{"delta": {"content": one}, "finish_reason": "stop"}]} for one in ("It ", "is ", "5.")]
    pieces = [events(chunk, done=False) for chunk in chunks]
    async with loopback(Response(body=b"".join([*pieces[:2], b": wait\n\n"]), stays_open=True)) as server:
        assert "no token" in str(getattr((await asked(server, chunk_timeout=1.0))[-1], "message", ""))


async def test_a_thought_whose_opening_mark_the_prompt_wrote_is_no_part_of_the_answer_once_it_ends() -> None:
    body = events(text("Two and"), text(" three.\n</th"), text("ink>\n\nIt is"), text(" 5."), STOP)
    async with loopback(Response(body=body), Response(body=REPLY)) as server:
        told = await asked(server)
        await asked(server, Conversation(told))
    run = Conversation(told).runs[0]
    assert run.answer == "It is 5."
    thought, said = run.steps[0].items
    assert isinstance(thought, Reasoning)
    assert thought.fragments.text == "Two and three.\n"
    assert isinstance(said, Message)
    assert said.fragments.text == "It is 5."
    assert "three" not in json.dumps(server.requests[1])


@pytest.mark.parametrize(
    ("words", "is_kept"),
    [
        ("Streaming is not supported for this model", lambda sent: not {"stream", "stream_options"} & set(sent)),
        ("System role not supported", lambda sent: "system" not in {one["role"] for one in sent["messages"]}),
        ("tool_choice is not supported", lambda sent: "tool_choice" not in sent),
    ],
)
async def test_what_a_server_refuses_is_done_without_and_nothing_that_was_to_be_said_is_lost(
    words: str, is_kept: Callable[[dict[str, Any]], bool]
) -> None:
    refusal = Response(status=400, body=json.dumps({"error": {"message": words}}).encode())
    async with loopback(refusal, Response(body=WHOLE, content_type="application/json")) as server:
        assert (await asked(server, system="Be brief."))[-1].result["answer"] == "It is 5."  # type: ignore[attr-defined]
    before, after = server.requests
    assert not is_kept(before)
    assert is_kept(after)
    assert "Be brief." in json.dumps(after["messages"])


@pytest.mark.parametrize(
    ("base_url", "endpoint"),
    [
        ("https://host/v1", "https://host/v1/chat/completions"),
        (" https://host/v1/ ", "https://host/v1/chat/completions"),
        ("https://host/v1/chat/completions", "https://host/v1/chat/completions"),
        ("https://host/deployments/d?api-version=1", "https://host/deployments/d/chat/completions?api-version=1"),
        ("localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
        ("127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions"),
        ("models.example/v1", "https://models.example/v1/chat/completions"),
    ],
)
def test_a_base_url_is_taken_for_what_it_means(base_url: str, endpoint: str) -> None:
    assert str(Connection(base_url, "k").url) == endpoint


async def test_calls_may_be_a_table_of_them() -> None:
    table = calls()
    table["choices"][0]["delta"]["tool_calls"] = {"0": add()}
    async with loopback(Response(body=events(table)), Response(body=REPLY)) as server:
        (call,) = Conversation(await asked(server)).runs[0].calls
    assert (call.name, call.result) == ("add", "5")


@pytest.mark.parametrize("told", [{"parameters": {"x": 2, "y": 3}}, {"input": '{"x": 2, "y": 3}'}])
async def test_arguments_may_have_another_name(told: dict[str, Any]) -> None:
    called = {"index": 0, "id": "c1", "function": {"name": "add", **told}}
    async with loopback(Response(body=events(calls(called))), Response(body=REPLY)) as server:
        (call,) = Conversation(await asked(server)).runs[0].calls
    assert (call.name, call.result) == ("add", "5")


async def test_a_call_may_be_a_block_of_the_content_or_come_with_the_whole_message_alone() -> None:
    block = {"type": "tool_use", "id": "c1", "name": "add", "input": {"x": 2, "y": 3}}
    whole = {"choices": [{"message": {"tool_calls": [add()]}, "finish_reason": "tool_calls"}]}
    begun = calls({"index": 0, "id": "c1", "function": {"name": "add"}})
    begun["choices"][0]["finish_reason"] = None
    for body in (events({"choices": [{"delta": {"content": [block]}}]}), events(begun, whole)):
        async with loopback(Response(body=body), Response(body=REPLY)) as server:
            (call,) = Conversation(await asked(server)).runs[0].calls
        assert (call.name, call.result) == ("add", "5")
        assert server.requests[1]["messages"][2]["tool_calls"][0]["id"] == "c1"


@pytest.mark.parametrize(
    "usage",
    [
        {"usage": {"prompt_tokens": "9", "completion_tokens": "3"}},
        {"timings": {"prompt_n": 2, "cache_n": 7, "predicted_n": 3}},
        {"x_groq": {"usage": {"prompt_tokens": 9, "completion_tokens": 3}}},
    ],
)
async def test_what_it_cost_is_read_wherever_it_stands(usage: dict[str, Any]) -> None:
    async with loopback(Response(body=events(text("It is 5."), {**STOP, **usage}))) as server:
        last = (await asked(server))[-1]
    assert isinstance(last, ev.RunFinished)
    assert [(one.input_tokens, one.output_tokens) for one in last.usage or ()] == [(9, 3)]


@pytest.mark.parametrize("name", ["functions.add", " add", "add<|channel|>commentary"])
async def test_what_a_prompts_format_puts_around_a_name_is_no_part_of_it(name: str) -> None:
    called = add(function={"name": name, "arguments": '{"x": "2", "y": 3}'})
    async with loopback(Response(body=events(calls(called))), Response(body=REPLY)) as server:
        (call,) = Conversation(await asked(server)).runs[0].calls
    assert (call.name, call.result) == ("add", "5")
    assert server.requests[1]["messages"][2]["tool_calls"][0]["function"]["name"] == "add"


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content", "reasoning_details", "thinking_blocks"])
async def test_what_came_with_a_call_goes_back_with_it_at_once_and_in_a_resumed_session(name: str) -> None:
    value: Any = "hm" if name.endswith(("g", "content")) else [{"type": "thinking", "thinking": "hm", "signature": "s"}]
    signed = add(extra_content={"google": {"thought_signature": "s"}})
    replies = (events(calls(signed, **{name: value})), REPLY, REPLY)
    async with loopback(*(Response(body=body) for body in replies)) as server:
        first = await asked(server)
        assert "".join(event.delta for event in of(first, ev.ReasoningMessageContent)) == "hm"
        await asked(server, Conversation(first))
    for request in server.requests[1:]:
        told = next(message for message in request["messages"] if message.get("tool_calls"))
        assert told[name] == value
        assert told["tool_calls"][0]["extra_content"] == signed["extra_content"]
        others = {"reasoning", "reasoning_content", "reasoning_details", "thinking_blocks"} - {name}
        assert not others & set(told)


def _too_much_for_8000(body: dict[str, Any]) -> str | None:
    tokens = len(json.dumps(body)) // 4
    if tokens <= 8_000:
        return None
    return f"This model's maximum context length is 8000 tokens. However, your messages resulted in {tokens} tokens."


async def test_a_chat_of_60_turns_with_large_results_never_fails_in_a_small_window_and_says_what_it_leaves_out(
    tmp_path: Path,
) -> None:
    @tool
    def look(turn: int) -> str:
        """Look something up."""
        return f"begin {turn} " + "a word of the result " * (50 * (turn % 20)) + f"end {turn}"

    def engine() -> AgentExecutor:
        model = OpenAIChat(model="m", base_url=f"{server.url}/v1", api_key=SecretStr("k"))
        learned = WindowFile(tmp_path, "openai:m", server.url)
        return AgentExecutor(model, [*default_tools(), look], sleep=_nothing, learned=learned)

    past = Conversation()
    async with loopback() as server:
        server.refuses = _too_much_for_8000
        agent = await asyncio.to_thread(engine)
        for turn in range(61):
            if turn == 60:
                refused = len(server.broken)
                agent = await asyncio.to_thread(engine)  # the next session
            called = {"index": 0, "id": f"c{turn}", "function": {"name": "look", "arguments": f'{{"turn": {turn}}}'}}
            usage = {"prompt_tokens": 0, "completion_tokens": 9}
            reply = events(text(f"It is {turn}."), STOP, {"choices": [], "usage": usage})
            server.responses = [Response(body=events(calls(called))), Response(body=reply)]
            async with agent.stream(f"What is {turn}?", past) as run:
                told = asserted([event async for event in run])
            assert isinstance(told[-1], ev.RunFinished), told[-1]
            for event in told:
                past.apply(event)
            sent = json.dumps(server.requests[-1]["messages"])
            assert f"begin {turn} " in sent
            assert f"end {turn}" in sent
            assert turn == 0 or f"It is {turn - 1}." in sent
    assert 1 <= refused <= 3
    assert len(server.broken) == refused  # the window was learned once, and is remembered
    notices = [notice.text for run in past.runs for notice in run.notices]
    assert any("left out" in notice for notice in notices)
