"""The decoder of server-sent events: what WHATWG HTML 9.2.6 says of them, in whatever pieces the bytes come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events.sse import ServerSentEvent, SseDecoder

LINES = st.sampled_from(
    [
        b"data: one",
        b"data:two",
        b"data:  three",
        b"data",
        b"data:",
        "data: šķūnis 🏡".encode(),
        b"data: \xe2\x82",
        b"\xff\xfe",
        b": a comment",
        b":",
        b"event: error",
        b"event",
        b"id: 7",
        b"id",
        b"id: 1\x002",
        b"retry: 3000",
        b"retry: soon",
        b"unknown: field",
        b'{"no": "field"}',
        b"",
        b"",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
STREAMS = st.builds(
    lambda bom, lines, rest: bom + b"".join(line + end for line, end in lines) + rest,
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xef\xbb"]),
    st.lists(st.tuples(LINES, ENDS), max_size=20),
    LINES,
)


def decoded(*pieces: bytes) -> list[ServerSentEvent]:
    """All events of a stream, the one that its end leaves unfinished too."""
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    last = decoder.end()
    return events if last is None else [*events, last]


def test_a_line_of_no_field_is_kept_for_who_asks_and_is_no_event() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b'data: a\n{"no": "field"}\nid: 1\0\n\nunk') == [ServerSentEvent("message", "a")]
    assert decoder.take_strays() == ['{"no": "field"}']
    assert decoder.end() is None
    assert decoder.take_strays() == ["unk"]


def whole(*pieces: bytes) -> list[ServerSentEvent]:
    """The events of a stream that are whole."""
    decoder = SseDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


@given(STREAMS | st.binary(max_size=60), st.lists(st.integers(0, 200), max_size=12))
def test_the_pieces_in_which_bytes_come_never_change_the_events(stream: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert whole(*pieces) == whole(stream)
    assert decoded(*pieces) == decoded(stream)
    assert decoded(*(bytes([byte]) for byte in stream)) == decoded(stream)


@given(st.lists(st.tuples(LINES, st.just(b"\n")), max_size=20), ENDS)
def test_every_kind_of_line_end_gives_the_same_events(lines: list[tuple[bytes, bytes]], end: bytes) -> None:
    assert whole(b"".join(line + b"\n" for line, _ in lines)) == whole(b"".join(line + end for line, _ in lines))


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_data_comes_out_as_it_was_written(lines: list[str]) -> None:
    stream = "".join(f"data: {line}\n" for line in lines) + "\n"
    assert whole(stream.encode()) == [ServerSentEvent("message", "\n".join(lines))]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [("message", "a"), ("message", "b")]),
        (b"data: a\ndata: b\n\n", [("message", "a\nb")]),
        (b"event: ping\ndata: {}\n\ndata: x\n\n", [("ping", "{}"), ("message", "x")]),
        (b"event: ping\n\ndata: x\n\n", [("message", "x")]),
        (b"data:\n\n", [("message", "")]),
        (b"data: a", []),
        (b": keep alive\n\n\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", [("message", "a")]),
        (b"data: a\x0bb\xe2\x80\xa8c\n\n", [("message", "a\x0bb\u2028c")]),
        (b"data: 1\xff2\n\n", [("message", "1\ufffd2")]),
    ],
)
def test_a_stream_means_what_whatwg_says(stream: bytes, events: list[tuple[str, str]]) -> None:
    assert [(event.event, event.data) for event in whole(stream)] == events


def test_an_id_holds_until_the_next_and_a_wait_for_one_event() -> None:
    first, second, third = whole(b"id: 1\nretry: 20\ndata: a\n\ndata: b\n\nid\ndata: c\n\n")
    assert (first.id, first.retry) == ("1", 20)
    assert (second.id, second.retry) == ("1", None)
    assert third.id == ""


def test_an_event_is_given_with_its_last_byte() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\n") == []
    assert [event.data for event in decoder.feed(b"\r")] == ["a"]
    assert [event.data for event in decoder.feed(b"\ndata: b\r\r")] == ["b"]


def test_what_the_end_leaves_unfinished_is_given_apart() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\n\nevent: last\ndata: b") == [ServerSentEvent("message", "a")]
    assert decoder.end() == ServerSentEvent("last", "b")
    assert decoder.end() is None


def test_a_long_line_in_small_pieces_takes_time_in_proportion() -> None:
    decoder = SseDecoder()
    pieces = [b"data: ", *[b"x" * 100] * 50_000, b"\n", b"\n"]
    (event,) = [event for piece in pieces for event in decoder.feed(piece)]
    assert len(event.data) == 5_000_000
