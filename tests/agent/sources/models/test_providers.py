"""Real clients of other providers against servers that enforce their published rules.

Each has a turn of three steps, thoughts and two parallel calls first; then a session that is closed and resumed from
its events, a follow-up after a 429, and a cancel. What the model said, its signatures too, comes back to it each time.
"""

import asyncio
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool, tool

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.sources.executor.loop import AgentExecutor
from agent.sources.tools.load import default_tools
from tests.agent.scripted import asserted, of
from tests.agent.sources.models.loopback import Loopback, Response, events, loopback

Call = tuple[str, str, dict[str, Any]]
"""Id, name, arguments."""
CALLS: list[list[Call]] = [
    [("call00001", "add", {"x": 2, "y": 3}), ("call00002", "multiply", {"x": 4, "y": 5})],
    [("call00003", "subtract", {"x": 5, "y": 20})],
]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one provider's server speaks, and what it refuses."""

    package: str
    make: Callable[[Any, str], BaseChatModel]
    """The model, out of the package and the server's address."""
    says: Callable[[str, list[Call]], Response]
    """A reply of these calls, thoughts in front of them, or of this text."""
    refuses: Callable[[dict[str, Any]], str | None]


# Anthropic: https://platform.claude.com/docs/en/build-with-claude/extended-thinking


def _anthropic_says(text: str, calls: list[Call]) -> Response:
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [{"type": "thinking_delta", "thinking": "Hm."}, {"type": "signature_delta", "signature": "signed"}],
        )
    ]
    if text:
        blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": text}]))
    for call_id, name, arguments in calls:
        pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", json.dumps(arguments))]
        blocks.append(({"type": "tool_use", "id": call_id, "name": name, "input": {}}, pieces))
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
    }
    usage = {"input_tokens": 9, "output_tokens": 1}
    told: list[dict[str, Any]] = [{"type": "message_start", "message": {**message, "usage": usage}}]
    for index, (start, deltas) in enumerate(blocks):
        told.append({"type": "content_block_start", "index": index, "content_block": start})
        told += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        told.append({"type": "content_block_stop", "index": index})
    reason = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    told += [{"type": "message_delta", "delta": reason, "usage": {"output_tokens": 5}}, {"type": "message_stop"}]
    return Response(body=b"".join(b"event: %s\n%s" % (one["type"].encode(), events(one, done=False)) for one in told))


def _anthropic_refuses(body: dict[str, Any]) -> str | None:
    waiting: set[str] = set()
    for message in body["messages"]:
        blocks = message["content"] if isinstance(message["content"], list) else []
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if waiting != results:
            return f"tool_use ids {sorted(waiting)} need tool_result blocks right behind them, not {sorted(results)}"
        waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
        if waiting and (blocks[0]["type"] != "thinking" or blocks[0].get("signature") != "signed"):
            return "a message with tool_use must start with its thinking block and signature"
    return "tool_choice forces tool use, which thinking does not allow" if _forces(body) else None


def _forces(body: dict[str, Any]) -> bool:
    return (body.get("tool_choice") or {}).get("type") in ("any", "tool")


# Those that speak OpenAI's Chat Completions, each with rules of its own


def _chat_says(reasoning: str) -> Callable[[str, list[Call]], Response]:
    def says(text: str, calls: list[Call]) -> Response:
        told = [
            {
                "index": index,
                "id": call_id,
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(args)},
            }
            for index, (call_id, name, args) in enumerate(calls)
        ]
        deltas: list[dict[str, Any]] = [{"role": "assistant", reasoning: "Hm."}] if reasoning else []
        deltas += [{"role": "assistant", "content": text}] if text else []
        deltas += [{"role": "assistant", "content": "", "tool_calls": told}] if told else []
        base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        reason = "tool_calls" if calls else "stop"
        usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
        return Response(
            body=events(
                *({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas),
                {**base, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": reason}], "usage": usage},
            )
        )

    return says


def _results_are_missing(body: dict[str, Any]) -> str | None:
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return "a tool message answers no call"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return f"tool_call_ids {waiting} have no tool messages"
        if message["role"] == "assistant":
            waiting = [call["id"] for call in message.get("tool_calls") or []]
    return None


def _deepseek_refuses(body: dict[str, Any]) -> str | None:
    """https://api-docs.deepseek.com/guides/thinking_mode"""
    if body.get("tool_choice") not in (None, "auto"):
        return "deepseek-reasoner does not support this tool_choice"
    for message in body["messages"]:
        if message.get("tool_calls") and message.get("reasoning_content") != "Hm.":
            return "The reasoning_content in the thinking mode must be passed back to the API."
    return _results_are_missing(body)


def _mistral_refuses(body: dict[str, Any]) -> str | None:
    """https://docs.mistral.ai/capabilities/function_calling"""
    roles = [message["role"] for message in body["messages"]]
    if any(pair == ("tool", "user") for pair in pairwise(roles)):
        return "Unexpected role 'user' after role 'tool'"
    for message in body["messages"]:
        for call in message.get("tool_calls") or []:
            if not (len(call["id"]) == 9 and call["id"].isalnum()):
                return f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9."
    return _results_are_missing(body)


def _groq_refuses(body: dict[str, Any]) -> str | None:
    """https://console.groq.com/docs/openai"""
    if any("reasoning_content" in message for message in body["messages"]):
        return "property 'reasoning_content' is unsupported"
    return _results_are_missing(body)


# Ollama: https://docs.ollama.com/api/chat


def _ollama_says(text: str, calls: list[Call]) -> Response:
    told = [{"function": {"name": name, "arguments": arguments}} for _id, name, arguments in calls]
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": "", "thinking": "Hm."}]
    messages += [{"role": "assistant", "content": text}] if text else []
    messages += [{"role": "assistant", "content": "", "tool_calls": told}] if told else []
    base = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": False}
    end = {**base, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
    lines = [*({**base, "message": message} for message in messages), {**end, "eval_count": 5, "prompt_eval_count": 9}]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return Response(body=body, content_type="application/x-ndjson")


def _ollama_refuses(body: dict[str, Any]) -> str | None:
    calls = sum(len(message.get("tool_calls") or []) for message in body["messages"])
    results = sum(message["role"] == "tool" for message in body["messages"])
    return None if calls == results else "calls without results"


# Gemini: https://ai.google.dev/gemini-api/docs/thought-signatures


def _gemini_says(text: str, calls: list[Call]) -> Response:
    parts: list[dict[str, Any]] = [{"text": "Hm.", "thought": True}]
    parts += [{"text": text}] if text else []
    parts += [{"functionCall": {"name": name, "args": arguments}} for _id, name, arguments in calls]
    if calls:
        parts[-len(calls)]["thoughtSignature"] = "c2lnbmVk"
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 5, "totalTokenCount": 14}
    content = {"role": "model", "parts": parts}
    return Response(
        body=events(
            {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage},
            done=False,
        )
    )


def _gemini_refuses(body: dict[str, Any]) -> str | None:
    contents = body["contents"]
    questions = [n for n, one in enumerate(contents) if one["role"] == "user" and "text" in one["parts"][0]]
    for number, content in enumerate(contents):
        calls = [part for part in content["parts"] if "functionCall" in part]
        results = [part for part in content["parts"] if "functionResponse" in part]
        before = contents[number - 1]["parts"] if number else []
        if len(results) != (sum("functionCall" in part for part in before) if results else 0):
            return "the number of function response parts must be that of the function call parts"
        if number > questions[-1] and calls and "thoughtSignature" not in calls[0]:
            return "Function call is missing a thought_signature"
    return None


DIALECTS = {
    "anthropic": Dialect(
        package="langchain_anthropic",
        make=lambda module, url: module.ChatAnthropic(
            model_name="m",
            base_url=url,
            api_key="k",
            max_retries=0,
            max_tokens_to_sample=4_000,
            thinking={"type": "enabled", "budget_tokens": 1_024},
        ),
        says=_anthropic_says,
        refuses=_anthropic_refuses,
    ),
    "deepseek": Dialect(
        package="langchain_deepseek",
        make=lambda _module, url: importlib.import_module("agent.sources.models.deepseek").DeepSeekChat(
            model="m", api_base=url, api_key="k", max_retries=0
        ),
        says=_chat_says("reasoning_content"),
        refuses=_deepseek_refuses,
    ),
    "groq": Dialect(
        package="langchain_groq",
        make=lambda module, url: module.ChatGroq(model="m", base_url=url, api_key="k", max_retries=0),
        says=_chat_says("reasoning"),
        refuses=_groq_refuses,
    ),
    "mistral": Dialect(
        package="langchain_mistralai",
        make=lambda module, url: module.ChatMistralAI(model_name="m", base_url=url, api_key="k", max_retries=1),
        says=_chat_says(""),
        refuses=_mistral_refuses,
    ),
    "ollama": Dialect(
        package="langchain_ollama",
        make=lambda module, url: module.ChatOllama(model="m", base_url=url, reasoning=True),
        says=_ollama_says,
        refuses=_ollama_refuses,
    ),
    "gemini": Dialect(
        package="langchain_google_genai",
        make=lambda module, url: module.ChatGoogleGenerativeAI(
            model="gemini-3-pro", base_url=url, api_key="k", max_retries=1, include_thoughts=True
        ),
        says=_gemini_says,
        refuses=_gemini_refuses,
    ),
}


async def _nothing(_seconds: float) -> None:
    """Waits for nothing."""


async def _asked(
    dialect: Dialect, server: Loopback, question: str, past: Conversation | None, *tools: BaseTool
) -> list[ev.Event]:
    """The events of a turn of a new executor: what it knows of the past is in the events."""
    module = importlib.import_module(dialect.package)
    model = await asyncio.to_thread(dialect.make, module, server.url)
    agent = AgentExecutor(model, [*default_tools(), *tools], model_name="one", sleep=_nothing)
    async with agent.stream(question, past) as run:
        return asserted([event async for event in run])


async def _cancelled(dialect: Dialect, server: Loopback, question: str, past: Conversation) -> list[ev.Event]:
    """The events of a turn that is cancelled once the server was asked."""
    module = importlib.import_module(dialect.package)
    model = await asyncio.to_thread(dialect.make, module, server.url)
    server.asked.clear()
    async with AgentExecutor(model, default_tools(), model_name="one").stream(question, past) as run:
        await server.asked.wait()
        run.cancel()
        events = asserted([event async for event in run])
    assert isinstance(events[-1], ev.RunError)
    assert events[-1].code == ev.RunErrorCode.CANCELLED
    return events


def _resumed(told: list[ev.Event]) -> Conversation:
    """A session as its file tells it."""
    return Conversation(wire.decode(wire.encode(event)) for event in told)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.filterwarnings("ignore")
async def test_a_providers_own_client_gets_back_what_its_model_said(name: str) -> None:
    dialect = DIALECTS[name]
    pytest.importorskip(dialect.package)
    async with loopback() as server:
        server.refuses = dialect.refuses
        server.responses = [*(dialect.says("", calls) for calls in CALLS), dialect.says("It is 15.", [])]
        first = await _asked(dialect, server, "(4 * 5) - (2 + 3)?", None)
        assert isinstance(first[-1], ev.RunFinished), first[-1]
        assert {event.content for event in of(first, ev.ToolCallResult)} == {"5", "20", "15"}
        assert name == "mistral" or {event.delta for event in of(first, ev.ReasoningMessageContent)} == {"Hm."}

        busy = Response(status=429, body=b'{"error": {"message": "slow down"}}', content_type="application/json")
        server.responses = [busy, dialect.says("It was 20.", [])]
        second = await _asked(dialect, server, "And the product?", _resumed(first))
        assert second[-1].result["answer"] == "It was 20."  # type: ignore[attr-defined]  # or the run failed
        assert "20" in json.dumps(server.requests[-1])
        assert [event.name for event in of(second, ev.Custom) if event.name == ev.RETRY] != []

        server.responses = [Response(stays_open=True), dialect.says("Fine.", [])]
        third = await _cancelled(dialect, server, "Wait", _resumed([*first, *second]))
        last = await _asked(dialect, server, "And now?", _resumed([*first, *second, *third]))
        assert last[-1].result["answer"] == "Fine."  # type: ignore[attr-defined]  # or the run failed
        # DeepSeek's thinking models refuse a forced call, once for every new executor: that is how it is learned.
        assert len(server.broken) == (4 if name == "deepseek" else 0), server.broken


# What results hold besides text


def _responses_say(text: str, calls: list[Call]) -> Response:
    """OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses-streaming"""
    items: list[dict[str, Any]] = [
        {
            "type": "function_call",
            "id": f"fc_{call_id}",
            "call_id": call_id,
            "name": name,
            "arguments": json.dumps(args),
        }
        for call_id, name, args in calls
    ]
    if text:
        content = [{"type": "output_text", "text": text, "annotations": []}]
        items.append({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content})
    base = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "output": [], "tools": []}
    base |= {"parallel_tool_calls": True, "tool_choice": "auto"}
    told: list[dict[str, Any]] = [{"type": "response.created", "response": {**base, "status": "in_progress"}}]
    for index, item in enumerate(items):
        told.append({"type": "response.output_item.added", "output_index": index, "item": {**item, "content": []}})
        delta: dict[str, Any] = {"output_index": index, "item_id": item["id"], "content_index": 0, "logprobs": []}
        if item["type"] == "message":
            told.append({"type": "response.output_text.delta", "delta": text, **delta})
        else:
            told.append({"type": "response.function_call_arguments.delta", "delta": item["arguments"], **delta})
        told.append({"type": "response.output_item.done", "output_index": index, "item": item})
    told.append({"type": "response.completed", "response": {**base, "status": "completed", "output": items}})
    told = [{**one, "sequence_number": number} for number, one in enumerate(told)]
    return Response(body=b"".join(b"event: %s\n%s" % (one["type"].encode(), events(one, done=False)) for one in told))


_RESPONSES = Dialect(
    package="langchain_openai",
    make=lambda module, url: module.ChatOpenAI(
        model="m", base_url=url, api_key="k", max_retries=0, use_responses_api=True
    ),
    says=_responses_say,
    refuses=lambda _body: None,
)


@tool
def scan(page: int) -> list[dict[str, Any]]:
    """Scan a page."""
    return [
        {"type": "text", "text": f"page {page}"},
        {"type": "image", "base64": "aW1hZ2U=", "mime_type": "image/png"},
        {"type": "file", "base64": "ZG9jdW1lbnQ=", "mime_type": "application/pdf", "name": "page.pdf"},
        {"type": "audio", "base64": "c291bmQ=", "mime_type": "audio/wav"},
    ]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("anthropic", ["aW1hZ2U=", "ZG9jdW1lbnQ="]),
        ("responses", ["aW1hZ2U=", "ZG9jdW1lbnQ="]),
        ("gemini", ["aW1hZ2U=", "ZG9jdW1lbnQ=", "c291bmQ="]),
        ("groq", []),
        ("ollama", []),
    ],
)
@pytest.mark.filterwarnings("ignore")
async def test_what_a_result_holds_besides_text_goes_where_it_is_taken_and_is_named_elsewhere(
    name: str, taken: list[str]
) -> None:
    dialect = {**DIALECTS, "responses": _RESPONSES}[name]
    pytest.importorskip(dialect.package)
    async with loopback() as server:
        server.refuses = dialect.refuses
        server.responses = [dialect.says("", [("call00001", "scan", {"page": 7})]), dialect.says("Seen.", [])]
        first = await _asked(dialect, server, "What is there?", None, scan)
        assert isinstance(first[-1], ev.RunFinished), first[-1]
        (result,) = of(first, ev.ToolCallResult)
        assert result.content == "page 7\n[image/png]\n[page.pdf]\n[audio/wav]"
        server.responses = [dialect.says("As I said.", [])]
        await _asked(dialect, server, "And now?", _resumed(first), scan)
    for request in server.requests[-2:]:
        sent = json.dumps(request)
        assert "page 7" in sent
        assert [part for part in ("aW1hZ2U=", "ZG9jdW1lbnQ=", "c291bmQ=") if part in sent] == taken
        assert ("[audio/wav]" in sent) is ("c291bmQ=" not in taken)


@pytest.mark.filterwarnings("ignore")
async def test_a_server_that_refuses_the_parts_is_told_their_names() -> None:
    dialect = DIALECTS["anthropic"]
    pytest.importorskip(dialect.package)
    refusal = b'{"type": "error", "error": {"type": "invalid_request_error", "message": "Could not process image"}}'
    async with loopback() as server:
        server.responses = [
            dialect.says("", [("call00001", "scan", {"page": 7})]),
            Response(status=400, body=refusal, content_type="application/json"),
            dialect.says("Seen.", []),
        ]
        told = await _asked(dialect, server, "What is there?", None, scan)
    assert isinstance(told[-1], ev.RunFinished), told[-1]
    assert "aW1hZ2U=" in json.dumps(server.requests[-2])
    assert "aW1hZ2U=" not in json.dumps(server.requests[-1])
    assert "[image/png]" in json.dumps(server.requests[-1])
