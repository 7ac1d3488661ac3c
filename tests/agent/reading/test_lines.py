"""The one reader: the same events out of whatever they are written like, however it is cut, and the same problems."""

import gzip
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.errors import TranscriptError
from agent.events import encoding, framing
from agent.events import types as ev
from agent.events.framing import CUT_OFF, Line
from agent.events.types import Event
from agent.events.wire import decode, encode
from agent.reading import lines as reading
from agent.reading.lines import Lines, Told, read_lines
from tests.agent.strategies import FEWER, conversations

END = ev.RunFinished(timestamp=9, thread_id="t", run_id="r", outcome={"type": "success"})
START = ev.RunStarted(timestamp=1, thread_id="t", run_id="r")


def _text(n: int) -> Event:
    return ev.TextMessageContent(timestamp=n, message_id="m", delta=f'שלום {n}\n{{"a": [1, "}}"]}} \\" 👩‍👩‍👧')


def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


EVENTS = [START, *(_text(n) for n in range(3)), END]


def _read(data: bytes) -> list[Line]:
    return list(read_lines(BytesIO(data), with_cut=True))


def _events(data: bytes) -> list[Event]:
    found = _read(data)
    assert [line for line in found if line.problem or line.left_out] == []
    return [line.event for line in found if line.event is not None]


def _pretty(event: Event) -> str:
    return json.dumps(json.loads(encode(event)), indent=2)


def _sent(event: Event, *, end: bytes = b"\n") -> bytes:
    return end.join([b": ping", b"id: 7", b"event: message", b"data: " + encode(event), b"", b""])


JSON_LINES = b"".join(encode(event) + b"\n" for event in EVENTS)
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ndata: no field of an event\r\n\r\n"
FRAMINGS: dict[str, bytes] = {
    "JSON Lines": JSON_LINES,
    "with CRLF": JSON_LINES.replace(b"\n", b"\r\n"),
    "with CR": JSON_LINES.replace(b"\n", b"\r"),
    "without the last line end": JSON_LINES[:-1],
    "with a byte order mark": b"\xef\xbb\xbf" + JSON_LINES,
    "in UTF-16": JSON_LINES.decode().encode("utf-16"),
    "in UTF-16, big end first, without a mark": JSON_LINES.decode().encode("utf-16-be"),
    "gzipped": _zipped(JSON_LINES),
    "gzipped in parts": _zipped(JSON_LINES[:100]) + _zipped(JSON_LINES[100:]),
    "text sequences": b"".join(b"\x1e" + encode(event) + b"\n" for event in EVENTS),
    "an array": b"[" + b",".join(map(encode, EVENTS)) + b"]",
    "an array of lines": b"[\n" + b",\n".join(map(encode, EVENTS)) + b"\n]\n",
    "an array without its end": b"[" + b",".join(map(encode, EVENTS)) + b",",
    "a pretty array": json.dumps([json.loads(encode(event)) for event in EVENTS], indent=1).encode(),
    "one behind the other": b"".join(map(encode, EVENTS)),
    "pretty objects": "\n".join(map(_pretty, EVENTS)).encode(),
    "JSON in JSON": b"".join(json.dumps(encode(event).decode()).encode() + b"\n" for event in EVENTS),
    "server-sent events": b"".join(map(_sent, EVENTS)) + b"data: [DONE]\n\n",
    "server-sent events with CRLF": b"".join(_sent(event, end=b"\r\n") for event in EVENTS),
    "server-sent events with CR": b"".join(_sent(event, end=b"\r") for event in EVENTS),
    "server-sent events without blank lines": b"".join(b"data:" + encode(event) + b"\n" for event in EVENTS),
    "server-sent events without their end": b"".join(map(_sent, EVENTS))[:-2],
    "server-sent events over several lines": b"".join(
        b"".join(b"data: " + line + b"\n" for line in _pretty(event).encode().splitlines()) + b"\n" for event in EVENTS
    ),
    "behind headers": b"HTTP/1.1 100 Continue\r\n\r\n" + HEADERS + b"".join(map(_sent, EVENTS)),
    "lines behind an event stream": _sent(START) + JSON_LINES.partition(b"\n")[2],
}


@pytest.mark.parametrize("name", FRAMINGS)
def test_the_same_events_are_read_however_they_are_framed(name: str) -> None:
    assert _events(FRAMINGS[name]) == EVENTS


HELD = {
    "an object with a list of them": {"threadId": "t", "events": EVENTS},
    "runs with lists of them": {"runs": [{"id": "r", "events": EVENTS[:2]}, {"id": "s", "events": EVENTS[2:]}]},
    "a list of lists": [[event] for event in EVENTS],
    "a list of envelopes": [{"seq": 1, "payload": event} for event in EVENTS],
}
HELD_JSON = {name: msgspec.json.encode(value) for name, value in HELD.items()}


@pytest.mark.parametrize("name", HELD)
def test_events_are_found_in_what_is_around_them(name: str) -> None:
    written = HELD_JSON[name]
    pretty = json.dumps(json.loads(written), indent=2).encode()
    for data in (written, pretty, b"data: " + written + b"\n\n"):
        assert _events(data) == EVENTS
        for line in _read(data):
            assert decode(line.raw) == line.event


def test_a_line_of_a_log_that_ends_with_an_event_is_that_event() -> None:
    logged = b"".join(b"2026-01-22 14:52:17,7 {dev} - DEBUG - sent: data: " + encode(event) + b"\n" for event in EVENTS)
    assert _events(logged) == EVENTS
    (line,) = _read(b'the agent said {"answer": 4}\n')
    assert (line.event, line.problem) == (None, "not JSON")


class _KnowsNone:
    """Somebody who knows other programs, and none that wrote this."""

    name = "tests:none"

    def __call__(self, _values: list[dict[str, Any]], _is_live: bool, /) -> None:
        """No format is known by them."""

    def parts(self, _path: Path, /) -> list[Any]:
        """Nothing belongs to it."""
        return []


NEARLY = b'{"type":"CUSTOM","name":"x","value":NaN}\n{"type":"STEP_STARTED","stepName":"\\ud83d"}\n'


@pytest.mark.parametrize("data", [*FRAMINGS.values(), *HELD_JSON.values(), NEARLY, b"{}\n" * 30 + NEARLY])
def test_a_stream_of_events_reads_alike_whether_it_could_have_been_another_programs_or_not(data: bytes) -> None:
    assert list(read_lines(BytesIO(data), _KnowsNone(), with_cut=True)) == _read(data)


@FEWER
@given(st.sampled_from(sorted(FRAMINGS)), st.integers(1, 70), st.integers(1, 70))
def test_how_a_stream_is_cut_makes_no_difference(name: str, size: int, waited: int) -> None:
    whole = _read(FRAMINGS[name])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_READ", size)
        patch.setattr(reading, "_WAITED", waited)
        patch.setattr(framing, "_WAITED", waited)
        pieces = _read(FRAMINGS[name])
    assert [line._replace(end=0) for line in pieces] == [line._replace(end=0) for line in whole]


@given(conversations(), st.sampled_from([b"\n", b"\r\n", b"\r", b"", b" , "]))
def test_events_of_any_content_are_parted_where_they_end(events: list[Event], between: bytes) -> None:
    assert _events(between.join(map(encode, events))) == events


@pytest.mark.parametrize("name", [name for name in FRAMINGS if "several" not in name and "pretty" not in name])
def test_the_bytes_of_each_event_are_kept(name: str) -> None:
    raws = [line.raw for line in _read(FRAMINGS[name])]
    kept = [json.dumps(encode(event).decode()).encode() for event in EVENTS] if name == "JSON in JSON" else None
    assert raws == (kept or [encode(event) for event in EVENTS])


def test_an_object_over_several_lines_is_one_line_and_otherwise_as_it_came() -> None:
    (line,) = _read(b'{ "type": "NEW",\r\n\t"x": 1.50,\n"y":\r2 }\n')
    assert line.raw == b'{ "type": "NEW", \t"x": 1.50, "y": 2 }'


def test_an_event_may_have_its_type_as_the_name_of_the_servers_event() -> None:
    sent = b'event: RUN_STARTED\ndata: {"threadId":"t","runId":"r"}\n\nevent: error\ndata: {"message":"no"}\n\n'
    assert _events(sent) == [ev.RunStarted(thread_id="t", run_id="r"), ev.RunError(message="no")]
    for line in _read(sent):
        assert decode(line.raw) == line.event


@given(conversations(), st.data())
def test_a_file_cut_at_any_byte_reads_as_a_prefix(events: list[Event], data: st.DataObject) -> None:
    whole = b"".join(encode(event) + b"\n" for event in events)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    lines = list(read_lines(BytesIO(cut)))
    assert [line.event for line in lines] == events[: len(lines)]
    assert len(lines) in (cut.count(b"\n"), cut.count(b"\n") + 1)
    assert Conversation(events[: len(lines)]) == Conversation(line.event for line in lines if line.event)


def test_every_cut_of_one_file_reads_as_a_prefix_and_is_told() -> None:
    for cut in range(len(JSON_LINES) + 1):
        read = _read(JSON_LINES[:cut])
        events = [line.event for line in read if line.event is not None]
        assert events == EVENTS[: len(events)]
        assert len(events) >= JSON_LINES[:cut].count(b"\n")
        assert [line.problem for line in read[len(events) :]] == [CUT_OFF] * (len(read) > len(events))


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    for line in _read(data):
        assert (line.event is None) == (line.problem is not None)


_JUNK = st.binary(max_size=20).filter(
    lambda raw: b"\n" not in raw and b"\r" not in raw and raw.strip() not in (b"", b"}")
)


@FEWER
@given(conversations(), st.sampled_from([b"{", b'{"', b'{"type":"RUN', b"x"]), _JUNK, st.data())
def test_a_broken_line_is_told_by_its_number_and_the_rest_is_read(
    events: list[Event], head: bytes, junk: bytes, data: st.DataObject
) -> None:
    lines = [encode(event) for event in events]
    at = data.draw(st.integers(0, len(lines)))
    lines.insert(at, head + junk)
    read = _read(b"\n".join(lines) + b"\n")
    assert [line.number for line in read if line.event is None] == [at + 1]
    assert [line.event for line in read if line.event is not None] == events


def test_a_pretty_object_that_was_never_ended_costs_only_itself() -> None:
    torn = _pretty(START).rpartition("}")[0]
    first, second = _read(f"{torn}{_pretty(END)}\n".encode())
    assert (first.number, first.event, second.event) == (1, None, END)


def test_lines_keep_their_bytes_and_say_where_the_next_begins() -> None:
    first, second = b'{"type": "NEW", "x": 1.50}', encode(END)
    data = first + b"\r\n\n  \n" + second + b"\n"
    read = _read(data)
    assert [line.raw for line in read] == [first, second]
    assert [line.number for line in read] == [1, 4]
    assert [data[line.end :] for line in read] == [b"\n  \n" + second + b"\n", b""]
    assert {line.end for line in _read(_zipped(data))} == {0}, "no place in the file"


def test_a_whole_last_line_without_its_end_is_read() -> None:
    assert _read(encode(END)) == [Line(1, encode(END), END, len(encode(END)))]


@given(st.lists(st.integers(0, 120), max_size=6), st.booleans())
def test_a_line_beyond_the_limit_is_told_and_passed_over(lengths: list[int], is_ended: bool) -> None:
    lines = [b'{"type":"X","x":"' + b"x" * length + b'"}' for length in lengths]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framing, "LONGEST_LINE", 64)
        patch.setattr(framing, "_WAITED", 32)
        patch.setattr(reading, "_WAITED", 32)
        patch.setattr(reading, "_READ", 16)
        read = _read(b"\n".join(lines) + (b"\n" if is_ended else b""))
    assert [line.number for line in read] == list(range(1, len(lines) + 1))
    for line in read:
        if line.event is None:
            assert len(lines[line.number - 1]) > 64
            assert lines[line.number - 1].startswith(line.raw)
        else:
            assert len(lines[line.number - 1]) <= 64 + 16


def test_what_is_nested_without_end_is_told_and_the_rest_is_read() -> None:
    for sign in (b'{"a":', b"["):
        told, following = _read(b'{"type":"X","x":' + sign * 100_000 + b"\n" + encode(END) + b"\n")
        assert (told.event, told.problem, following.event) == (None, "nested too deep", END)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 and more", "it is a zip archive; unpack it first"),
        (_zipped(JSON_LINES)[:-12], "its packed data are cut off"),
        (_zipped(JSON_LINES)[:-8] + b"\xff" * 8, "its packed data are damaged"),
    ],
    ids=["another archive", "cut off", "damaged"],
)
def test_why_a_file_cannot_be_read_to_its_end_is_told_last(data: bytes, words: str) -> None:
    last = _read(data)[-1]
    assert (last.number, last.problem, Told().of(last)) == (0, words, [words])


def test_what_a_packed_file_may_come_to_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "MOST_UNPACKED", 10_000)
    bomb = _read(_zipped(JSON_LINES + b" " * 10_000_000))
    assert [line.event for line in bomb[:-1]] == EVENTS
    assert "larger than" in (bomb[-1].problem or "")


def test_a_server_that_refused_is_told_as_such() -> None:
    first, second = _read(b'HTTP/2 401 Unauthorized\r\ncontent-type: application/json\r\n\r\n{"detail":"no key"}\n')
    assert (first.problem, second.number) == ("the server answered 401 Unauthorized", 4)


def test_problems_are_told_once_each_and_not_too_many() -> None:
    told = Told()
    odd = b'{"type":"STEP_STARTED","stepName":"s","metadata":[]}\n'
    words = [word for line in _read(odd * 3 + b"broken\n" * 99) for word in told.of(line)]
    assert words[0] == "line 1: STEP_STARTED: its metadata is a list and was left out"
    assert [word for word in words if word.startswith("line ")] == words[:21]
    assert words[21:] == ["more broken lines, from line 24 on, were skipped too"]


def test_a_file_that_is_not_there_is_a_plain_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(TranscriptError, match="No such file"):
        list(read_lines(tmp_path_factory.mktemp("none") / "gone.jsonl"))


async def test_what_grows_is_read_on_from_where_it_stood() -> None:
    lines, found = Lines(), []
    for piece in (JSON_LINES[:90], JSON_LINES[90:200], JSON_LINES[200:]):
        found += lines.take(piece, is_last=False).events
    assert (found, lines.position) == (EVENTS, len(JSON_LINES))
