"""Recorded streams of real servers give the calls that a right parser gets out of them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from agent.events.types import ReasoningMessageContent, TextMessageContent, ToolCallArgs, ToolCallEnd, ToolCallStart
from tests.agent.formats.imports.reading import events, importer_of

_FOLDER = os.environ.get("TICKERTAPE_STREAMS")
_STREAMS: list[dict[str, Any]] = json.loads((Path(_FOLDER) / "index.json").read_text()) if _FOLDER else []

pytestmark = pytest.mark.skipif(not _STREAMS, reason="TICKERTAPE_STREAMS names no folder of recorded streams")


def _values(file: str) -> list[dict[str, Any]]:
    """The records of an SSE body, each of which has its data on one line in these."""
    body = (Path(_FOLDER or "") / file).read_text(encoding="utf-8-sig")
    found = [line.removeprefix("data:").strip() for line in body.splitlines() if line.startswith("data:")]
    return [json.loads(data) for data in found if data and data != "[DONE]"]


def _arguments(words: str) -> Any:
    try:
        return json.loads(words or "{}")
    except ValueError:
        return words


@pytest.mark.parametrize("stream", _STREAMS, ids=lambda stream: str(stream["file"]))
def test_a_recorded_stream_gives_its_calls(stream: dict[str, Any]) -> None:
    values = _values(stream["file"])
    importer = importer_of(values)
    told = events(values, importer)
    names = {event.tool_call_id: event.tool_call_name for event in told if isinstance(event, ToolCallStart)}
    written = dict.fromkeys(names, "")
    for event in told:
        if isinstance(event, ToolCallArgs):
            written[event.tool_call_id] += event.delta
    wanted = [(call["name"], _arguments(call["args"])) for call in stream["expected_calls"]]
    assert [(names[id], _arguments(words)) for id, words in written.items()] == wanted
    if stream["finish_reason"]:
        assert {event.tool_call_id for event in told if isinstance(event, ToolCallEnd)} == set(names)
    assert importer.counts.total == len(values)
    assert not importer.counts.unknown


def _is_plain(delta: dict[str, Any]) -> bool:
    return not isinstance(delta.get("content"), list)


@pytest.mark.parametrize("stream", _STREAMS, ids=lambda stream: str(stream["file"]))
def test_no_fragment_of_a_recorded_stream_is_lost(stream: dict[str, Any]) -> None:
    values = [value for value in _values(stream["file"]) if stream["kind"] == "chat"]
    if not values:
        return
    told = events(values)
    deltas = [choice.get("delta") or choice.get("message") or {} for v in values for choice in v.get("choices") or []]
    text = "".join(delta.get("content") or delta.get("refusal") or "" for delta in deltas if _is_plain(delta))
    thought = "".join(delta.get("reasoning_content") or delta.get("reasoning") or "" for delta in deltas)
    if all(map(_is_plain, deltas)) and stream["n_choices"] <= 1:
        assert "".join(event.delta for event in told if isinstance(event, TextMessageContent)) == text
        assert "".join(event.delta for event in told if isinstance(event, ReasoningMessageContent)) == thought
