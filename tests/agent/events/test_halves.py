"""Characters that a sender split over two deltas: whole where their halves meet, however the stream is cut."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.events.wire import decode
from agent.reading.lines import Lines, Taken
from agent.text import well_formed

_UNITS = st.lists(st.sampled_from([0x61, 0xE9, 0xD83D, 0xDE00, 0xDBFF, 0xDC00]), min_size=1, max_size=12)
"""Of UTF-16: letters, first halves and second halves, in any order."""


def _line(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def _stream(deltas: list[str], between: str = "n") -> bytes:
    lines = [
        _line(type="RUN_STARTED", threadId="t", runId="r"),
        _line(type="TEXT_MESSAGE_START", messageId="m", role="assistant"),
        _line(type="TEXT_MESSAGE_START", messageId=between, role="assistant"),
    ]
    for delta in deltas:
        lines += [
            _line(type="TEXT_MESSAGE_CONTENT", messageId="m", delta=delta),
            _line(type="TEXT_MESSAGE_CONTENT", messageId=between, delta="-"),
        ]
    return b"".join([*lines, _line(type="TEXT_MESSAGE_END", messageId="m")])


def _read(data: bytes, size: int) -> list[Taken]:
    lines = Lines()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [*(lines.take(piece, is_last=False) for piece in pieces), lines.take(b"", is_last=True)]


@given(units=st.lists(_UNITS, min_size=1, max_size=6), size=st.integers(20, 400))
def test_what_was_split_over_deltas_is_whole_and_the_lines_tell_the_same(units: list[list[int]], size: int) -> None:
    deltas = ["".join(map(chr, some)) for some in units]
    taken = _read(_stream(deltas), size)
    conversation = Conversation()
    conversation.apply_all(event for one in taken for event in one.events)
    text = conversation.runs[0].messages[0].fragments.text
    whole = "".join(deltas)
    is_left = "\ud800" <= whole[-1] < "\udc00"
    assert text == well_formed(whole[:-1] if is_left else whole)
    told = [what for one in taken for line in one.lines for what in line.left_out]
    assert told == ["half a character, whose other half never came"] * is_left
    raws = [raw for one in taken for raw in (one.block.splitlines() or [line.raw for line in one.lines if line.event])]
    again = Conversation()
    again.apply_all(decode(raw) for raw in raws)
    assert again.runs[0].messages[0].fragments.text == text


def test_a_chunk_that_leaves_out_whose_it_is_completes_the_one_before() -> None:
    first = _line(type="TEXT_MESSAGE_CHUNK", messageId="m", role="assistant", delta="a\ud83d")
    taken = _read(first + _line(type="TEXT_MESSAGE_CHUNK", delta="\ude00b"), 40)
    assert [event.delta for one in taken for event in one.events if hasattr(event, "delta")] == ["a", "\U0001f600b"]


def test_two_texts_of_one_id_are_no_halves_of_each_other() -> None:
    data = _line(type="TEXT_MESSAGE_CONTENT", messageId="m", delta="\ud83d")
    data += _line(type="TEXT_MESSAGE_CONTENT", messageId="m", subagentRunId="s", delta="\ude00")
    taken = _read(data, 1000)
    assert [event.delta for one in taken for event in one.events if hasattr(event, "delta")] == ["", "\ufffd"]
