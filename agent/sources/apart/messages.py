"""What the program and the process of an agent say to each other, and its form on the socket between them.

What the program says is pickled, for it is values as they are. The process runs foreign code, so what that says is
taken by its types, and its events are the lines that a transcript of them has. A message stands behind its length.
"""

import pickle
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from agent.conversation.decisions import Decision
from agent.conversation.lineage import Lineage
from agent.events import wire
from agent.events.types import APPROVAL, Custom, Event, RunStarted, TokenUsage
from agent.runs.run import Answer
from agent.secrets import Secrets
from agent.settings.permissions import Permissions

__all__ = [
    "Begin",
    "Cancel",
    "Decided",
    "Ended",
    "Events",
    "Frames",
    "Logged",
    "Past",
    "Ready",
    "Refused",
    "Rules",
    "Said",
    "Setup",
    "Told",
    "asking",
    "events_in",
    "lines_of",
    "said",
    "saying",
    "telling",
    "told",
]

_LENGTH = struct.Struct("!I")


# What the program says


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The first message: whose process it is, and what it has in common with the program."""

    named: str
    """MODULE:NAME or FILE.py:NAME."""
    path: Sequence[str]
    """`sys.path`."""
    arguments: Sequence[str]
    """`sys.argv`."""
    python_path: str | None
    """The variable PYTHONPATH, as the user has it."""
    log_level: int
    secrets: Secrets


@dataclass(frozen=True)
class Rules:
    """The rules about calls that hold from now on."""

    permissions: Permissions


@dataclass(frozen=True, kw_only=True)
class Past:
    """The turns before the next run: the first `kept` of those that were told last, and `turns` behind them."""

    kept: int
    turns: Sequence[bytes]
    """Each pickled by itself: pickling lets no other thread go on, the screen's neither."""


@dataclass(frozen=True, kw_only=True)
class Begin:
    """A run begins, behind the turns of the last `Past`."""

    started: RunStarted
    """Its first event, which nobody has to tell any more."""
    run: str
    question: str
    parts: Sequence[dict[str, Any]]
    thread_id: str
    lineage: Lineage | None
    without: str | None
    """The turn that it asks again."""
    time: int
    """What the run's clock says, in milliseconds, when the system's monotonic one, which all processes share, says
    `at`, in nanoseconds."""
    at: int


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What was decided about a call that asked."""

    run: str
    call_id: str
    decision: Decision


@dataclass(frozen=True)
class Cancel:
    """A run is to end, or not to begin."""

    run: str


Said = Setup | Rules | Past | Begin | Decided | Cancel


def saying(message: Said) -> bytes:
    """What the program says, as it goes over the socket."""
    return _framed(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))


def said(message: bytes) -> Said:
    """What the program says."""
    # From whoever has started this process, and nobody else.
    return cast("Said", pickle.loads(message))  # noqa: S301


# What the process says


class Ready(msgspec.Struct, tag=True, frozen=True):
    """The agent is there."""


class Refused(msgspec.Struct, tag=True, frozen=True):
    """There is no such agent; why not."""

    words: str


class Events(msgspec.Struct, tag=True, frozen=True):
    """Events of a run, all that there are."""

    run: str
    lines: bytes
    forms: dict[str, dict[str, Any]]
    """Of the questions among them, by the ids of their calls: the JSON Schema of an answer, where there is one."""


class Ended(msgspec.Struct, tag=True, frozen=True):
    """A run is over."""

    run: str
    usage: list[TokenUsage]
    answer: Answer | None
    """None where it failed."""
    code: str = ""
    words: str = ""


class Logged(msgspec.Struct, tag=True, frozen=True):
    """A record for the log of the program."""

    name: str
    level: int
    text: str


Told = Ready | Refused | Events | Ended | Logged

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Told] = msgspec.msgpack.Decoder(Told)


def telling(message: Told) -> bytes:
    """What the process says, as it goes over the socket."""
    return _framed(_ENCODER.encode(message))


def told(message: bytes) -> Told:
    """What the process says.

    Raises:
        msgspec.MsgspecError: nothing that it could say.
    """
    return _DECODER.decode(message)


def lines_of(events: list[Event]) -> bytes:
    """Events as lines of a transcript."""
    return wire.encode_lines(events) or b"\n".join(map(wire.encode, events))


def events_in(lines: bytes) -> list[Event]:
    """The events of such lines.

    Raises:
        EventDecodeError: they are none.
    """
    found = wire.decode_lines(lines.removesuffix(b"\n"))
    return [wire.decode(line) for line in lines.splitlines()] if found is None else found


def asking(event: Event) -> str | None:
    """The id of the call that an event asks the user about."""
    if isinstance(event, Custom) and event.name == APPROVAL and event.value["state"] == "requested":
        return str(event.value["toolCallId"])
    return None


# On the socket


def _framed(message: bytes) -> bytes:
    return _LENGTH.pack(len(message)) + message


class Frames:
    """Takes messages out of what comes from a socket, however it is cut."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """The messages that are whole now."""
        rest, found = self._rest, []
        rest += data
        start = 0
        while len(rest) >= start + _LENGTH.size:
            begin = start + _LENGTH.size
            end = begin + _LENGTH.unpack_from(rest, start)[0]
            if len(rest) < end:
                break
            found.append(bytes(rest[begin:end]))
            start = end
        del rest[:start]
        return found
