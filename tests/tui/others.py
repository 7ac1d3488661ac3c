"""Small streams of other programs' agents, of each kind that a screen has a picture for: bytes as a file has them."""

import json
from typing import Any

__all__ = ["CONCURRENT", "CUT", "EVERYTHING", "STATE", "STREAMS", "UNDATED", "WAITING"]

Wire = dict[str, Any]
_START = 1_795_448_290_000


def _event(kind: str, **fields: Any) -> Wire:
    return {"type": kind, **fields}


def _started(run: str, question: Any = None, *, thread: str = "trip", **given: Any) -> Wire:
    messages = given.pop("messages", [{"id": f"q-{run}", "role": "user", "content": question}] if question else [])
    told = {"threadId": thread, "runId": run, "messages": messages, **given}
    return _event("RUN_STARTED", threadId=thread, runId=run, input=told)


def _finished(run: str, *, thread: str = "trip", **fields: Any) -> Wire:
    return _event("RUN_FINISHED", threadId=thread, runId=run, **fields)


def _text(name: str, *pieces: str, **fields: Any) -> list[Wire]:
    middle = [_event("TEXT_MESSAGE_CONTENT", messageId=name, delta=piece, **fields) for piece in pieces]
    start = _event("TEXT_MESSAGE_START", messageId=name, role="assistant", **fields)
    return [start, *middle, _event("TEXT_MESSAGE_END", messageId=name, **fields)]


def _call(name: str, tool: str, arguments: Wire, result: str | None = None, **fields: Any) -> list[Wire]:
    events = [
        _event("TOOL_CALL_START", toolCallId=name, toolCallName=tool, **fields),
        _event("TOOL_CALL_ARGS", toolCallId=name, delta=json.dumps(arguments), **fields),
        _event("TOOL_CALL_END", toolCallId=name, **fields),
    ]
    return events + ([_result(name, result, **fields)] if result is not None else [])


def _result(name: str, content: Any, **fields: Any) -> Wire:
    return _event("TOOL_CALL_RESULT", messageId=f"result-{name}", toolCallId=name, content=content, **fields)


def _stream(events: list[Wire], *, is_dated: bool = True) -> bytes:
    if is_dated:
        events = [event | {"timestamp": _START + 240 * number} for number, event in enumerate(events)]
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


_ASKED: Wire = {"id": "i1", "reason": "tool_approval", "message": "Delete 3 files in /photos?", "toolCallId": "c1"}
_ASKED["responseSchema"] = {"type": "object", "properties": {"approved": {"type": "boolean"}}}
_WAITING = [
    _started("r1", "Tidy up my photos"),
    *_text("m1", "Three of them are ", "there twice."),
    *_call("c1", "delete_files", {"paths": ["a.jpg", "b.jpg", "c.jpg"]}),
    _finished("r1", outcome={"type": "interrupt", "interrupts": [_ASKED, {"id": "i2", "message": "Keep a copy?"}]}),
]
_RESUMED = [
    _started(
        "r2",
        messages=[],
        resume=[
            {"interruptId": "i1", "status": "resolved", "payload": {"approved": True}},
            {"interruptId": "i2", "status": "cancelled"},
        ],
    ),
    _result("c1", "3 files deleted"),
    *_text("m1", "They are gone."),
    _finished("r2"),
]


def _agent(name: str, title: str, call: str) -> Wire:
    return _event("SUBAGENT_STARTED", subagentRunId=name, name=title, parentToolCallId=call)


_FLIGHTS, _HOTELS = {"subagentRunId": "a-1"}, {"subagentRunId": "a-2"}
_CONCURRENT = [
    _started("r3", "Plan a weekend in Rome"),
    _event("STEP_STARTED", stepName="planner"),
    *_call("p1", "ask_flights", {"to": "Rome"}),
    *_call("p2", "ask_hotels", {"in": "Rome"}),
    _agent("a-1", "flights", "p1"),
    _agent("a-2", "hotels", "p2"),
    _event("REASONING_MESSAGE_CHUNK", messageId="t", delta="Friday evening would do.", **_FLIGHTS),
    *_call("s1", "search", {"day": "Friday"}, **_FLIGHTS),
    *_call("s1", "search", {"stars": 3}, **_HOTELS),
    _event("TEXT_MESSAGE_CONTENT", messageId="m", delta="Two rooms ", **_HOTELS),
    _result("s1", "AZ 421, 18:05", **_FLIGHTS),
    _event("TEXT_MESSAGE_CONTENT", messageId="m", delta="near the river.", **_HOTELS),
    _event("SUBAGENT_FINISHED", subagentRunId="a-1"),
    _result("p1", "AZ 421 on Friday, 18:05"),
    _event("SUBAGENT_ERROR", subagentRunId="a-2", message="the site does not answer"),
    _result("p2", [{"type": "text", "text": "no prices"}, {"type": "image", "mimeType": "image/png", "data": ""}]),
    _event("STEP_FINISHED", stepName="planner"),
    *_text("m", "You fly on Friday at 18:05; ", "the hotel is still open."),
    _finished("r3", usage=[{"model": "m-1", "inputTokens": 900, "outputTokens": 42}]),
]
_STATE = [
    _started("r4", "Add garlic to the recipe"),
    _event("STATE_SNAPSHOT", snapshot={"recipe": {"name": "Pasta", "ingredients": ["pasta", "oil"]}, "servings": 2}),
    _event(
        "ACTIVITY_SNAPSHOT",
        messageId="plan",
        activityType="PLAN",
        content={"steps": [{"say": "look at the recipe", "done": False}, {"say": "add garlic", "done": False}]},
    ),
    _event("STATE_DELTA", delta=[{"op": "add", "path": "/recipe/ingredients/-", "value": "garlic"}]),
    _event("STATE_DELTA", delta=[{"op": "replace", "path": "/recipe/time", "value": 20}]),
    _event(
        "ACTIVITY_DELTA",
        messageId="plan",
        activityType="PLAN",
        patch=[{"op": "replace", "path": "/steps/0/done", "value": True}],
    ),
    _event("REASONING_ENCRYPTED_VALUE", subtype="message", entityId="m4", encryptedValue="x"),
    *_text("m4", "Garlic is in it now."),
    _finished("r4"),
]
_PICTURE = {"type": "image", "source": {"type": "url", "value": "https://example.org/cat.png"}}
_UNDATED = [
    _started("r5", [{"type": "text", "text": "What is in this picture?"}, _PICTURE]),
    _event("THINKING_START", title="Looking"),
    _event("THINKING_TEXT_MESSAGE_CONTENT", delta="A cat, it seems."),
    _event("THINKING_END"),
    *_call("c5", "look_at", {"name": "cat.png"}, "a cat on a chair"),
    *_text("m5", "A cat ", "on a chair."),
    _finished("r5"),
]
_CUT = [
    _started("r6", "Write it all down"),
    *_text("m6", "I begin."),
    *_call("c6", "write_file", {"path": "notes.md"})[:2],
]

WAITING = _stream(_WAITING)
"""A run that waits for the answers to two questions."""
CONCURRENT = _stream(_CONCURRENT)
"""Two sub-agents at work at once, one of which fails."""
STATE = _stream(_STATE)
"""A state with a change that cannot be made, and an activity."""
UNDATED = _stream(_UNDATED, is_dated=False)
"""One that tells no moment."""
CUT = _stream(_CUT)
"""One that ends in the middle of a call."""
_EARLIER = [
    {"id": "o", "role": "user", "content": "Earlier?"},
    {"id": "p", "role": "assistant", "content": "Yes."},
]
_OTHER = [
    _started("o1", "Hello?", thread="another"),
    _event("RUN_ERROR", message="401: no key"),
    _event("MESSAGES_SNAPSHOT", messages=_EARLIER),
    _started("o2", "And now?", thread="another"),
    _event("RUN_CANCELLED", threadId="another", runId="o2"),
]
EVERYTHING = _stream([*_WAITING, *_RESUMED, *_CONCURRENT, *_STATE, *_UNDATED, *_OTHER, *_CUT])
"""All of these in one file, what waited answered, and another thread."""

STREAMS = {"waiting": WAITING, "concurrent": CONCURRENT, "state": STATE, "undated": UNDATED, "cut": CUT}
