"""Foreign streams at the outermost door: bytes, whatever they are framed like, through the one reader."""

import asyncio
import base64
import gzip
import io
import json
import os
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.events.types import Event
from agent.events.wire import encode
from agent.formats.imports.opening import open_foreign, open_viewed
from agent.reading.lines import Lines, read_lines
from agent.recordings.recording import Recording
from tests.agent.formats.imports.reading import SAMPLES, events, lines, records

_FILES = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".json", ".jsonl"))
_SSE = ("openai_chat", "openai_responses", "anthropic")


def _read(data: bytes) -> list[Event]:
    return [line.event for line in read_lines(io.BytesIO(data), open_viewed) if line.event is not None]


@pytest.mark.parametrize("sample", _FILES, ids=lambda path: path.stem)
def test_a_file_is_read_as_its_records_are_told(sample: Path) -> None:
    read = [encode(event) for event in _read(sample.read_bytes())]
    assert read == [encode(event) for event in events(records(sample))]


@pytest.mark.parametrize("sample", _FILES, ids=lambda path: path.stem)
def test_an_import_holds_every_record(sample: Path) -> None:
    read = [line.raw for line in read_lines(sample, open_foreign) if line.event is not None]
    wanted = [line for line in lines(records(sample)).splitlines() if line]
    assert [json.loads(raw) for raw in read] == [json.loads(line) for line in wanted]


@pytest.mark.parametrize("name", _SSE)
@pytest.mark.parametrize("with_names", [True, False])
def test_a_captured_stream_is_read_in_its_own_framing(name: str, with_names: bool) -> None:
    values = records(SAMPLES / f"{name}.jsonl")
    named = [f"event: {value['type']}\n" if with_names and "type" in value else "" for value in values]
    body = "".join(f"{event}data: {json.dumps(value)}\n\n" for event, value in zip(named, values, strict=True))
    read = _read(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + body.encode() + b"data: [DONE]\n\n")
    assert [encode(event) for event in read] == [encode(event) for event in events(values)]


@given(st.sampled_from(_FILES), st.data())
def test_how_a_stream_is_cut_makes_no_difference(sample: Path, data: st.DataObject) -> None:
    whole = sample.read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    taken = Lines(open_viewed)
    read: list[Event] = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        read += taken.take(whole[start:end], is_last=False).events
    read += taken.take(b"", is_last=True).events
    assert [encode(event) for event in read] == [encode(event) for event in _read(whole)]


def test_a_broken_line_in_between_is_told_and_costs_itself_alone() -> None:
    data = (SAMPLES / "codex.jsonl").read_bytes().splitlines(keepends=True)
    recording = Recording(
        io.BytesIO(b"".join([*data[:5], b'{"cut": \n', b"nonsense\n", *data[5:]])), formats=open_viewed
    )
    recording.read()
    assert recording.problems[0].endswith("line 6 is broken and was skipped: not JSON")
    questions = [run.question for run in recording.state(len(recording)).runs]
    assert questions == [run.question for run in Conversation(_read(b"".join(data))).runs]


def test_a_stream_of_events_is_none_of_another_program() -> None:
    ours = lines(records(SAMPLES / "codex.jsonl"))
    assert [line.raw for line in read_lines(io.BytesIO(ours), open_foreign)] == ours.splitlines()


def test_what_nobody_knows_is_told_line_by_line() -> None:
    found = list(read_lines(io.BytesIO(b'{"a": 1}\n{"b": 2}\n'), open_foreign))
    assert [(line.number, line.event) for line in found] == [(1, None), (2, None)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("codex.jsonl", "codex, times of items"),
        ("claude_code.jsonl", "claude-code, times of blocks"),
        ("claude_stream.jsonl", "claude-code, paced"),
        ("otlp.jsonl", "opentelemetry, times of spans"),
    ],
)
def test_a_recording_says_what_its_times_are_worth(name: str, words: str) -> None:
    recording = Recording(io.BytesIO((SAMPLES / name).read_bytes()), formats=open_viewed)
    recording.read()
    assert recording.origin == words
    assert Recording.of([]).origin == ""


_HUMAN = {"type": "human", "content": "What is 2 + 3?"}
_CASSETTE = """\
interactions:
- request:
    body: '{"model": "m", "messages": [{"role": "user", "content": "What is 2 + 3?"}], "stream": true}'
    headers: {content-type: [application/json]}
    method: POST
    uri: https://models.example/v1/chat/completions
  response:
    body:
      string: BODY
    headers: {content-type: [text/event-stream]}
    status: {code: 200, message: OK}
version: 1
"""
_BODY = (
    'data: {"choices": [{"index": 0, "delta": {"content": "It is "}}]}\n\n'
    'data: {"choices": [{"index": 0, "delta": {"content": "5."}, "finish_reason": "stop"}]}\n\n'
)


@pytest.mark.parametrize("head", ["", "---\n", "version: 1\n"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_cassette_in_yaml_is_read_however_it_is_cut(head: str, packed: bool) -> None:
    binary = f"!!binary |\n        {base64.b64encode(gzip.compress(_BODY.encode())).decode()}"
    text = head + _CASSETTE.replace("BODY", binary if packed else json.dumps(_BODY))
    if head.startswith("version"):
        text = text.removesuffix("version: 1\n")
    whole = text.encode()
    for step in (1, 7, len(whole)):
        taken, read = Lines(open_viewed), list[Event]()
        for start in range(0, len(whole), step):
            read += taken.take(whole[start : start + step], is_last=False).events
        read += taken.take(b"", is_last=True).events
        (run,) = Conversation(read).runs
        assert run.question == "What is 2 + 3?"
        assert [message.fragments.text for message in run.messages] == ["It is 5."]


def test_a_cassette_may_hold_what_bodies_say_and_requests_to_others() -> None:
    bodies = """interactions:
- request: {method: GET, uri: "https://pictures.example/cat.png", body: ''}
  response: {body: {string: ""}}
- request:
    uri: https://api.example/v1/chat/completions
    parsed_body: {model: m, messages: [{role: user, content: Where?}]}
  response:
    parsed_body: {choices: [{index: 0, message: {role: assistant, content: There.}, finish_reason: stop}]}
"""
    read = list(read_lines(io.BytesIO(bodies.encode()), open_viewed))
    (run,) = Conversation([line.event for line in read if line.event is not None]).runs
    assert (run.question, [message.fragments.text for message in run.messages]) == ("Where?", ["There."])
    assert [line.problem for line in read if line.problem] == ["left out: request to pictures.example"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("interactions: [a, b" + " " * 80, "no document in YAML"),
        ("interactions: !!python/object/apply:os.system ['true']" + "\n" * 40, "no document in YAML"),
        (
            "interactions:\n- &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
            + "".join(f"- &{after} [{', '.join([f'*{name}'] * 10)}]\n" for name, after in pairwise("abcdefgh")),
            "it stands for too much",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_told_and_runs_nothing(document: str, words: str) -> None:
    problems = [line.problem for line in read_lines(io.BytesIO(document.encode()), open_viewed)]
    assert any(words in (problem or "") for problem in problems)


def test_what_only_begins_like_a_document_is_read_as_lines() -> None:
    text = b"interactive mode\n" + (SAMPLES / "codex.jsonl").read_bytes()
    assert _read(text) == _read((SAMPLES / "codex.jsonl").read_bytes())


@pytest.mark.parametrize("times", [1, 400])
def test_a_file_that_is_piped_is_not_live(times: int) -> None:
    """Of a large one the pipe never holds all: it is known by how fast it comes."""
    reading, writing = os.pipe()
    sample = (SAMPLES / "claude_stream.jsonl").read_bytes() * times

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(sample)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as pipe:
        recording = Recording(pipe, formats=open_viewed)
        recording.read()
    writer.join()
    assert recording.origin == "claude-code, paced"


async def test_a_pipe_is_live_and_arrival_is_the_time_of_a_token() -> None:
    """What each record adds is there before the next one is written; its moment is when it came."""
    sample = SAMPLES / "claude_stream.jsonl"
    counts = [len(events(records(sample)[:number], ends=False)) for number in range(1, 20)]
    reading, writing = os.pipe()
    pipe = os.fdopen(reading, "rb")
    recording = Recording(pipe, formats=open_viewed)
    grown = asyncio.Event()
    recording.listeners.append(grown.set)
    loading = asyncio.create_task(recording.load())
    for line, count in zip(sample.read_bytes().splitlines(keepends=True), counts, strict=True):
        known, before = len(recording), round(time.time() * 1000)
        os.write(writing, line)
        while len(recording) < count:
            grown.clear()
            await grown.wait()
        assert all(before <= (event.timestamp or 0) <= time.time() * 1000 + 1 for event in recording.events[known:])
    os.close(writing)
    await loading
    pipe.close()
    assert recording.origin == "claude-code, times of tokens"
    assert [run.status for run in recording.state(len(recording)).runs] == ["answered"]


@pytest.mark.parametrize(
    ("more", "inputs", "outputs"),
    [
        ({}, {"messages": [_HUMAN]}, {"messages": [_HUMAN, {"type": "ai", "content": "It is 5."}]}),
        ({}, {"input": "What is 2 + 3?"}, {"output": "It is 5."}),
        (
            {"run_type": "llm"},
            {"prompts": ["System: Be brief.\nHuman: What is 2 + 3?"]},
            {"generations": [[{"text": "It is 5.", "message": {"type": "ai", "content": "It is 5."}}]]},
        ),
    ],
    ids=["messages", "texts", "prompts"],
)
def test_a_run_alone_says_what_was_asked_and_answered(
    more: dict[str, Any], inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    run = {"id": "r", "run_type": "chain", "name": "graph", "start_time": "2026-02-16 01:35:18", **more}
    source = json.dumps({**run, "inputs": inputs, "outputs": outputs}).encode()
    told = [line.event for line in read_lines(io.BytesIO(source), open_viewed) if line.event is not None]
    (turn,) = Conversation(told).runs
    assert (turn.question, [said.fragments.text for said in turn.messages]) == ("What is 2 + 3?", ["It is 5."])


def test_a_file_of_a_known_program_in_which_nothing_is_said_is_not_called_empty() -> None:
    source = json.dumps({"id": "r", "run_type": "chain", "start_time": "2026-02-16", "inputs": {}, "outputs": {}})
    (line,) = read_lines(io.BytesIO(source.encode()), open_viewed)
    assert line.problem == "nothing is said in what langsmith has in it"
