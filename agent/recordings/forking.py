"""Cuts a recording at a position, so that a new session can go on from there live.

It owns what is left of a run that is cut in the middle: what is open is closed, and a call without its result is left
out or completed, as the caller says. Pure: it gives lines and writes nothing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

import msgspec

from agent.conversation.items import CallStatus, ToolCall
from agent.conversation.lineage import Branch, Lineage
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.events.open_parts import OpenParts
from agent.recordings.moments import step_at
from agent.recordings.recording import Recording

__all__ = ["cut", "lineage_at", "open_calls", "owners"]

_REASON = "Gone on live from here."


def open_calls(recording: Recording, position: int) -> list[ToolCall]:
    """The calls that have begun and have no result yet where `position` events are applied, in order."""
    start, _end = _run_around(recording, position)
    return _open_calls(recording.events[start:position])


def cut(recording: Recording, position: int, *, complete_calls: bool = False) -> list[bytes]:
    """The lines of a session whose history ends where `position` events are applied, without line ends.

    All is as it was recorded, but for a run that is open there: its text, reasoning and steps are closed, and it ends
    with `RUN_ERROR`. Its `open_calls` are left out; with `complete_calls` what the recording goes on to tell of them
    is taken in, and left out are only those whose arguments it never saw complete. Text that was decoded from a
    call's arguments is kept either way.
    """
    start, end = _run_around(recording, position)
    events = recording.events
    lines = [recording.raw(number) for number in range(position)]
    if Conversation(events[start:position]).open_run is None:
        return lines
    left_out = {call.wire_id for call in _open_calls(events[start:position])}
    owned = list(owners(events[start:end]))
    taken = list(range(start, position))
    if complete_calls:
        taken += [number for number in range(position, end) if owned[number - start] in left_out]
        completed = Conversation(events[number] for number in taken).runs[-1].calls
        left_out -= {call.wire_id for call in completed if call.status is not CallStatus.WRITING}
        taken = [number for number in taken if number < position or owned[number - start] not in left_out]
    del lines[start:]
    parts = OpenParts()
    for number in taken:
        event, raw = events[number], recording.raw(number)
        if owned[number - start] in left_out:
            if not isinstance(event, _TEXT):
                continue
            raw = _without_call(raw)
        parts.track(event)
        lines.append(raw)
    now = int(max(map(events.moment, taken))) if recording.is_dated else None
    ends = [*parts.close(now), ev.RunError(timestamp=now, message=_REASON, code=ev.RunErrorCode.INTERRUPTED)]
    return lines + [wire.encode(event) for event in ends]


def lineage_at(
    recording: Recording, position: int, *, branch: Branch, session: str | None, patch: Iterable[str] = ()
) -> Lineage:
    """Where a turn comes from that branches off where `position` events are applied.

    `session` is the id of what is recorded, None where that is no saved session; `patch` is what is made otherwise.
    """
    start, _end = _run_around(recording, position)
    begun = (event.run_id for event in reversed(recording.events[start:position]) if isinstance(event, ev.RunStarted))
    return Lineage(
        branch=branch,
        session=session,
        run=next(begun, None),
        moment=f"event:{position}",
        step=step_at(recording, position),
        patch=tuple(patch),
    )


def _run_around(recording: Recording, position: int) -> tuple[int, int]:
    """Where the run that `position` stands in begins, and where the next one does, by number of event."""
    turns = recording.marks.turns
    place = bisect_left(turns, position)
    start = turns[place - 1] if place else 0
    return start, turns[place] if place < len(turns) else len(recording)


def _open_calls(events: Iterable[ev.Event]) -> list[ToolCall]:
    run = Conversation(events).open_run
    return [call for call in run.calls if call.is_open] if run is not None else []


_TEXT = ev.TextMessageStart | ev.TextMessageContent | ev.TextMessageEnd


def owners(events: Iterable[ev.Event]) -> Iterator[str | None]:
    """For each event of a run the call that it tells of, by id; None for one that tells of none."""
    texts: dict[str, str | None] = {}
    chunked: str | None = None
    for event in events:
        match event:
            case ev.ToolCallStart() | ev.ToolCallArgs() | ev.ToolCallEnd() | ev.ToolCallResult():
                yield event.tool_call_id
            case ev.ToolCallChunk():
                chunked = chunked if event.tool_call_id is None else event.tool_call_id
                yield chunked
            case ev.TextMessageStart():
                call = (event.metadata or {}).get("toolCallId")
                texts[event.message_id] = call if isinstance(call, str) else None
                yield texts[event.message_id]
            case ev.TextMessageContent() | ev.TextMessageEnd():
                yield texts.get(event.message_id)
            case ev.Custom(value=dict(value)) if isinstance(value.get("toolCallId"), str):
                yield value["toolCallId"]
            case _:
                yield None


def _without_call(raw: bytes) -> bytes:
    """The line of a text that is no longer any call's."""
    data, _ = wire.decode_value(raw)
    if not isinstance(data.get("metadata"), dict) or "toolCallId" not in data["metadata"]:
        return raw
    data["metadata"] = {name: value for name, value in data["metadata"].items() if name != "toolCallId"}
    if not data["metadata"]:
        del data["metadata"]
    return msgspec.json.encode(data)
