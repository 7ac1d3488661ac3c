"""The events of a recording, decoded where they are asked for: the same wherever that is."""

import tempfile
from bisect import bisect_left
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest

from agent.events import types as ev
from agent.reading.reader import Reader
from agent.reading.stored import RecordedEvents, events_of


def _line(depth: int) -> bytes:
    return b'{"type":"CUSTOM","name":"deep","value":' + b"[" * depth + b"]" * depth + b"}"


def _reads(data: bytes) -> bool:
    """Whether a reader in a thread takes all its lines for events."""
    counts: list[int] = []
    thread = Thread(target=lambda: counts.append(Reader("session").read(BytesIO(data), is_growing=True).count))
    thread.start()
    thread.join()
    return counts == [data.count(b"\n")]


def _deeper(frames: int, lines: bytes | list[bytes]) -> list[ev.Event]:
    return _deeper(frames - 1, lines) if frames else events_of(lines)


def _depth(event: ev.Event) -> int:
    assert isinstance(event, ev.Custom)
    value, depth = event.value, 1
    while value:
        value, depth = value[0], depth + 1
    return depth


@pytest.mark.parametrize("other", [b"", b'{"type":"NEW"}\n'], ids=["in one piece", "one by one"])
def test_what_nests_as_deep_as_can_be_read_is_decoded_from_any_depth(other: bytes) -> None:
    def data(depth: int) -> bytes:
        return _line(depth) + b"\n" + other

    depth = bisect_left(range(3_000), True, key=lambda depth: not _reads(data(depth))) - 1
    assert depth > 100
    lines = data(depth).splitlines() if other else data(depth)
    event, *rest = _deeper(100, lines)
    assert (_depth(event), len(rest)) == (depth, bool(other))


@pytest.mark.parametrize("has_room", [True, False], ids=["put aside", "no room"])
def test_a_large_recording_gives_every_line_wherever_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_room: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path if has_room else tmp_path / "gone"))
    lines = [b'{"type":"RAW","event":"%d%s"}' % (number, b"x" * 2**20) for number in range(12)]
    events = RecordedEvents()
    for start in range(0, len(lines), 3):
        events.add(b"\n".join(lines[start : start + 3]) + b"\n", 3, 3, None)
    assert [events.raw(number) for number in (11, 0, 10, 9)] == [lines[11], lines[0], lines[10], lines[9]]
    assert list(events.raws(1, 11)) == lines[1:11]
    assert [event.event[:1] for event in events[8:10] if isinstance(event, ev.Raw)] == ["8", "9"]
    assert not list(tmp_path.iterdir())  # nothing of it can be found, or is left
