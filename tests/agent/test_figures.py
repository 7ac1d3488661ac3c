"""Numbers as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.figures import clock, duration, plural, size, stamp


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 ms"),
        (0.2, "<1 ms"),
        (1, "1 ms"),
        (800, "0.8 s"),
        (9_960, "10 s"),
        (64_000, "1:04"),
        (7_509_000, "2:05:09"),
    ],
)
def test_durations(milliseconds: float, text: str) -> None:
    assert duration(milliseconds) == text


@given(st.floats(-1e3, 3.5e8))
def test_a_duration_is_short(milliseconds: float) -> None:
    assert len(duration(milliseconds)) <= 8


def test_sizes_counts_and_clocks() -> None:
    assert [size(812), size(12_400), size(3_100_000)] == ["812 B", "12.4 kB", "3.1 MB"]
    assert [plural(1, "key"), plural(1_200, "key")] == ["1 key", "1,200 keys"]
    assert [clock(3_900), clock(7_509_000), clock(-5)] == ["0:03", "2:05:09", "0:00"]


def test_moments_of_a_recording_are_told_to_a_tenth_of_a_second_as_durations_are() -> None:
    moments = [0, 12_340, 64_000, 59_960, 3_723_460, -5]
    assert [stamp(ms) for ms in moments] == ["0:00.0", "0:12.3", "1:04.0", "1:00.0", "1:02:03.5", "0:00.0"]
    assert (stamp(860), duration(860)) == ("0:00.9", "0.9 s")
