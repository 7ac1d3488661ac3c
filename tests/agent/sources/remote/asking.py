"""An agent behind a URL, asked: what tests of it need."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from ag_ui.core import RunAgentInput

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.runs.run import Run
from agent.settings.permissions import Permissions
from agent.sources.remote.connection import Connection
from agent.sources.remote.frontend import FrontendTools
from agent.sources.remote.source import RemoteSource, Sent
from agent.sources.source import Source
from tests.agent.scripted import asserted
from tests.agent.sources.models.loopback import Loopback, Response

__all__ = [
    "answered",
    "asked",
    "error",
    "events_of",
    "finished",
    "interrupt",
    "remote",
    "requests",
    "says",
    "stream",
    "told",
]


def told(*events: dict[str, Any], done: bool = True) -> bytes:
    """A server's run as server-sent events: its beginning, `events`, and its end unless it is not `done`."""
    whole = [{"type": "RUN_STARTED", "threadId": "theirs", "runId": "r"}, *events, *([finished()] if done else [])]
    return "".join(f"data: {json.dumps(event)}\n\n" for event in whole).encode()


def finished(**more: Any) -> dict[str, Any]:
    """The end of a server's run."""
    return {"type": "RUN_FINISHED", "threadId": "theirs", "runId": "r", **more}


def error(message: str, **more: Any) -> dict[str, Any]:
    """The end of a server's run that failed."""
    return {"type": "RUN_ERROR", "message": message, **more}


def says(text: str, message_id: str = "m1", **more: Any) -> list[dict[str, Any]]:
    """A text of the agent's, word by word."""
    pieces = [word + " " for word in text.split(" ")[:-1]] + text.split(" ")[-1:]
    return [
        {"type": "TEXT_MESSAGE_START", "messageId": message_id, "role": "assistant", **more},
        *({"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": piece, **more} for piece in pieces),
        {"type": "TEXT_MESSAGE_END", "messageId": message_id, **more},
    ]


def asked(name: str, arguments: dict[str, Any], call_id: str = "c1", **more: Any) -> list[dict[str, Any]]:
    """A call of the agent's, its arguments in two fragments."""
    text = json.dumps(arguments)
    return [
        {"type": "TOOL_CALL_START", "toolCallId": call_id, "toolCallName": name, **more},
        {"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": text[:3]},
        {"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": text[3:]},
        {"type": "TOOL_CALL_END", "toolCallId": call_id},
    ]


def answered(content: str, call_id: str = "c1") -> dict[str, Any]:
    """The result of a call."""
    return {"type": "TOOL_CALL_RESULT", "toolCallId": call_id, "messageId": f"{call_id}-r", "content": content}


def interrupt(*interrupts: dict[str, Any]) -> dict[str, Any]:
    """The end of a server's run that waits."""
    return finished(outcome={"type": "interrupt", "interrupts": list(interrupts)})


def remote(
    server: Loopback,
    *,
    tools: FrontendTools | None = None,
    permissions: Callable[[], Permissions] = Permissions,
    patience: float = 20.0,
    **sent: Any,
) -> RemoteSource:
    """The source that asks a server; nothing of it waits between two tries."""

    async def at_once(_seconds: float) -> None:
        return

    connection = Connection(f"{server.url}/agent", {"Authorization": "Bearer sesame-123"}, patience)
    return RemoteSource(
        connection, sent=Sent(**sent), tools=tools, permissions=permissions, patience=patience, sleep=at_once
    )


async def events_of(
    source: Source,
    question: str = "q",
    history: Conversation | None = None,
    *,
    without: str | None = None,
    decisions: Sequence[Decision] = (),
    is_clean: bool = True,
) -> list[ev.Event]:
    """All that comes of a turn; what asks is answered in turn. `is_clean` says that the server keeps the protocol."""
    thread = history.thread_id if history is not None else None
    run = Run(lambda run: source.work(run, history, without), question, thread_id=thread)
    left, events = list(decisions), []
    async with run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                run.decide(event.value["toolCallId"], left.pop(0))
    assert not left
    return asserted(events) if is_clean else events


def requests(server: Loopback) -> list[RunAgentInput]:
    """What a server was asked, each held against AG-UI's own model."""
    return [RunAgentInput.model_validate(body) for body in server.requests]


def stream(*events: dict[str, Any], done: bool = True, **more: Any) -> Response:
    """A response with a server's run."""
    return Response(body=told(*events, done=done), **more)
