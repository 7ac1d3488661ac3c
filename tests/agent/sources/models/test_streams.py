"""Recorded streams of real servers, through the client, the handler and the executor, over real HTTP."""

import asyncio
import importlib.util
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from langchain_core.tools import BaseTool, StructuredTool

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.sources.executor.loop import AgentExecutor
from agent.sources.models.build import build_model
from agent.sources.models.openai.model import OpenAIChat
from tests.agent.scripted import asserted, of

CUT = ("length",)
"""Finish reasons of recordings that were cut while they were made."""


@pytest.fixture(scope="session")
def index(streams: Path) -> dict[str, dict[str, Any]]:
    """What is known of each recording, by its file's name."""
    return {entry["file"]: entry for entry in json.loads((streams / "index.json").read_text())}


@pytest.fixture(scope="session")
def server(streams: Path) -> Iterator[str]:
    """The address of a server that plays the recordings back."""
    spec = importlib.util.spec_from_file_location("replay_server", streams / "replay_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    serving = module.serve(0, streams)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_address[1]}/v1"
    serving.shutdown()
    serving.server_close()
    thread.join()


def _tools(entry: dict[str, Any], ran: list[tuple[str, object]]) -> list[BaseTool]:
    """A tool for every name that the recording calls; they note what they were run with."""

    def make(name: str) -> BaseTool:
        async def note(**arguments: object) -> str:
            ran.append((name, arguments))
            return "noted"

        schema = {"type": "object", "properties": {}, "title": name, "description": name}
        return StructuredTool(name=name, description=name, args_schema=schema, coroutine=note)

    return [make(name) for name in dict.fromkeys(one["name"] for one in entry["expected_calls"])]


async def _played(server: str, entry: dict[str, Any], pieces: str) -> tuple[list[ev.Event], list[tuple[str, object]]]:
    """The events of one step over the recording, and what its tools were run with."""
    model = await asyncio.to_thread(build_model, f"openai:{entry['file']}", base_url=server)
    assert isinstance(model, OpenAIChat)
    model.headers = {"X-Rechunk": pieces}
    ran: list[tuple[str, object]] = []
    async with AgentExecutor(model, _tools(entry, ran), max_iterations=1).stream("go") as run:
        events = [event async for event in run]
    return asserted(events), ran


def _comparable(events: list[ev.Event]) -> Conversation:
    """The conversation without what differs between any two runs: the time, and ids of our own making."""
    names: dict[str, str] = {}

    def mend(value: Any) -> Any:
        match value:
            case dict():
                return {key: 0 if key in ("timestamp", "durationMs") else mend(one) for key, one in value.items()}
            case list():
                return [mend(one) for one in value]
            case str() if value.startswith(("msg_", "run_", "thread_", "call_")):
                return names.setdefault(value, f"id {len(names)}")
            case _:
                return value

    return Conversation(wire.decode(json.dumps(mend(msgspec.to_builtins(event)))) for event in events)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each recording, where the folder is there."""
    folder = os.environ.get("TICKERTAPE_STREAMS")
    names = sorted(path.name for path in Path(folder).glob("*.sse")) if folder else []
    if "recording" in metafunc.fixturenames:
        metafunc.parametrize("recording", names)


async def test_every_recording_gives_its_calls_whole_and_in_single_bytes(
    recording: str, index: dict[str, dict[str, Any]], server: str
) -> None:
    entry = index[recording]
    whole, ran = await _played(server, entry, "all")
    expected = [(one["name"], json.loads(one["args"])) for one in entry["expected_calls"]]
    run = Conversation(whole).runs[0]
    assert [(call.name, json.loads(call.fragments.text)) for call in run.calls] == expected
    assert ran == expected
    if "refusal" in entry["flags"]:
        assert _text_length(whole) > 0
    elif entry["n_choices"] == 1:
        assert _text_length(whole) == entry["content_chars"]
    reasons = "reasoning" in " ".join(entry["flags"])
    assert bool(of(whole, ev.ReasoningMessageContent)) == (reasons or "content_is_list" in entry["flags"])
    code = getattr(whole[-1], "code", None)
    if expected:
        assert code == ev.RunErrorCode.ITERATION_LIMIT
    elif entry["finish_reason"][0] in CUT:
        assert code == ev.RunErrorCode.TRUNCATED
    else:
        assert isinstance(whole[-1], ev.RunFinished)
    # Single bytes; of the long ones without calls a few at once, for a hundred thousand writes take seconds.
    small = "1" if expected or entry["bytes"] < 10_000 else "rand:7:20"
    pieces, ran_again = await _played(server, entry, small)
    assert _comparable(pieces) == _comparable(whole)
    assert ran_again == ran


def _text_length(events: list[ev.Event]) -> int:
    return sum(len(event.delta) for event in of(events, ev.TextMessageContent))


def test_the_recordings_cover_what_servers_do(index: dict[str, dict[str, Any]]) -> None:
    flags = {flag for entry in index.values() for flag in entry["flags"]}
    assert {"tool_index_missing", "same_index_other_id", "index_not_from_0", "reasoning_content", "reasoning"} <= flags
    assert sum(bool(entry["expected_calls"]) for entry in index.values()) >= 25
