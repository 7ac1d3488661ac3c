"""What a client's request says: AG-UI's `RunAgentInput`, taken as forgivingly as everything that others send.

The bytes are bounded in number and in the time that they may take; what is no request is refused in words.
"""

from collections.abc import AsyncIterator, Iterable

from agent.conversation.decisions import Decision
from agent.errors import EventDecodeError
from agent.events.types import ResumeEntry, RunInput, RunRequested
from agent.events.wire import decode, decode_value
from agent.patience import Patience
from agent.runs.run import new_id
from agent.sources.questions.shown import asked_call, decision_of

__all__ = ["MOST_BYTES", "RequestRefused", "decisions", "read_body", "request_of"]

MOST_BYTES = 16 * 2**20
"""Bytes of a request."""
_PATIENCE = 30.0
"""Seconds in which a request has to come."""

_TOLD = 5
"""Roles that are told of messages none of which can be answered."""
_LONGEST = 32
"""Characters that are told of one."""


class RequestRefused(Exception):
    """A request that cannot be answered: with the HTTP status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


async def read_body(stream: AsyncIterator[bytes], length: str | None) -> bytes:
    """The whole body; `length` is what its header says.

    Raises:
        RequestRefused: it is too long, or does not come.
    """
    if length is not None and length.isdecimal() and int(length[:20]) > MOST_BYTES:
        raise _too_long()
    read = bytearray()
    try:
        async with Patience(_PATIENCE):
            async for piece in stream:
                read += piece
                if len(read) > MOST_BYTES:
                    raise _too_long()
    except TimeoutError as error:
        raise RequestRefused(408, f"the request did not come within {_PATIENCE:g} s") from error
    return bytes(read)


def _too_long() -> RequestRefused:
    return RequestRefused(413, f"the request is longer than {MOST_BYTES // 2**20} MB")


def request_of(body: bytes) -> RunInput:
    """What a body asks for.

    Raises:
        RequestRefused: it is no request.
    """
    try:
        event = decode(body)
    except EventDecodeError as error:
        raise RequestRefused(422, f"the body is no RunAgentInput: {_fault(body) or error}") from error
    if not isinstance(event, RunRequested):
        raise RequestRefused(422, "the body is no RunAgentInput: messages are missing")
    given = event.input
    if not any(message.role == "user" for message in given.messages):
        roles = ", ".join(f"“{message.role[:_LONGEST]}”" for message in given.messages[:_TOLD])
        told = f"their roles are {roles}" if roles else "messages is empty"
        raise RequestRefused(422, f"there is no message of a user to answer: {told}")
    return RunInput(
        thread_id=given.thread_id or new_id("thread"),
        run_id=given.run_id or new_id("run"),
        messages=given.messages,
        state=given.state,
        tools=given.tools,
        context=given.context,
        forwarded_props=given.forwarded_props,
        resume=given.resume,
        parent_run_id=given.parent_run_id,
    )


def _fault(body: bytes) -> str:
    """What JSON lacks that is no request; empty where it is no JSON."""
    try:
        data, _ = decode_value(body)
    except EventDecodeError:
        return ""
    if not isinstance(data, dict):
        return "an object is wanted, with messages in it"
    return "messages are missing" if data.get("messages") is None else "messages is no list"


def decisions(resume: Iterable[ResumeEntry]) -> dict[str, Decision]:
    """The client's answers to calls that asked, by their ids."""
    decided: dict[str, Decision] = {}
    for entry in resume:
        if (call_id := asked_call(entry.interrupt_id)) is not None:
            decided[call_id] = decision_of(entry)
    return decided
