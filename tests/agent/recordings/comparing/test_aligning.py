"""Two recordings on one clock: nobody goes back, all of both is shown, and steps that both have begin together."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.events import types as ev
from agent.recordings.comparing.aligning import Alignment, Together
from agent.recordings.comparing.wording import marked_words
from agent.recordings.player import Player
from agent.recordings.recording import Recording
from tests.agent.strategies import FEWER, conversations
from tests.tui.replays import HandClock, session

ALIGNMENTS: list[Alignment] = ["time", "step"]
LIMITS = st.one_of(st.none(), st.floats(10, 5_000))


@FEWER
@given(conversations(), conversations(), st.sampled_from(ALIGNMENTS), LIMITS, st.lists(st.floats(0, 1), max_size=8))
def test_the_clock_begins_with_both_ends_with_both_and_never_goes_back(
    one: list[ev.Event], other: list[ev.Event], alignment: Alignment, limit: float | None, shares: list[float]
) -> None:
    left, right = Recording.of(one), Recording.of(other)
    clock = Together(left, right, alignment, idle_limit=limit)
    assert clock.positions(clock.length) == (len(left), len(right))
    places = [clock.at(share * clock.length) for share in sorted(shares)]
    assert all(a <= c + 1e-6 and b <= d + 1e-6 for (a, b), (c, d) in pairwise(places))
    counts = [clock.positions(share * clock.length) for share in sorted(shares)]
    assert counts == sorted(counts)


@FEWER
@given(conversations(), st.sampled_from(ALIGNMENTS), st.floats(0, 1))
def test_a_recording_beside_itself_stands_at_one_place_on_both_sides(
    events: list[ev.Event], alignment: Alignment, share: float
) -> None:
    clock = Together(Recording.of(events), Recording.of(events), alignment)
    left, right = clock.at(share * clock.length)
    assert left == right


@FEWER
@given(conversations(), conversations(), st.sampled_from(ALIGNMENTS), LIMITS, st.data())
def test_a_clock_that_has_grown_is_the_one_of_all_that_has_come(
    one: list[ev.Event], other: list[ev.Event], alignment: Alignment, limit: float | None, data: st.DataObject
) -> None:
    left, right = Recording.of(one), Recording.fed()
    clock = Together(left, right, alignment, idle_limit=limit)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(other)), max_size=4)))
    for start, end in pairwise([0, *cuts, len(other)]):
        right.feed(other[start:end])
        clock.grow()
    right.end()
    whole = Together(left, right, alignment, idle_limit=limit)
    assert (clock.length, clock.landmarks) == (whole.length, whole.landmarks)
    assert clock.positions(clock.length / 2) == whole.positions(whole.length / 2)


def _slower(events: list[ev.Event], times: float) -> list[ev.Event]:
    start = events[0].timestamp or 0.0
    moments = [start + ((event.timestamp or start) - start) * times for event in events]
    fields = [{name: getattr(event, name) for name in event.__struct_fields__} for event in events]
    return [type(event)(**{**own, "timestamp": at}) for event, own, at in zip(events, fields, moments, strict=True)]


def test_by_steps_the_sooner_waits_for_the_other_at_each_step() -> None:
    left, right = Recording.of(session(1)), Recording.of(_slower(session(1), 3))
    clock = Together(left, right, "step")
    assert len(clock.landmarks) == 1 + len(left.marks.steps)
    for number, landmark in enumerate(clock.landmarks[1:]):
        assert clock.positions(landmark) == (left.marks.steps[number] + 1, right.marks.steps[number] + 1)
    assert clock.length == right.timeline[-1]


def test_a_moment_of_either_side_has_its_time_on_the_clock() -> None:
    left, right = Recording.of(session()), Recording.of(_slower(session(), 2))
    for alignment in ALIGNMENTS:
        clock = Together(left, right, alignment)
        for number in (0, 5, 40, len(left) - 1):
            assert clock.positions(clock.clock_of(0, left.events.moment(number)))[0] >= number + 1
            assert clock.positions(clock.clock_of(1, right.events.moment(number)))[1] >= number + 1


def test_a_moment_that_was_twice_is_gone_to_where_its_step_begins() -> None:
    events = session(1)
    recording = Recording.of(events)
    second = recording.marks.steps[1]
    back = [replace(one, timestamp=(one.timestamp or 0) - 700 * (n >= second)) for n, one in enumerate(events)]
    set_back = Recording.of(back)
    clock = Together(set_back, recording)
    started = set_back.runs[0].steps[1].started
    assert sum(abs((event.timestamp or 0) - started) < 700 for event in back[:second])  # it was before, too
    assert clock.positions(clock.clock_of(0, started, second))[0] == second + 1
    player = Player(set_back, HandClock())
    player.seek_event(second + 1)
    player.seek_moment(started)
    assert player.position == second + 1


# Words


@given(st.text(), st.text())
def test_texts_in_pieces_are_the_texts_and_the_same_pieces_are_in_both(left: str, right: str) -> None:
    ones, others = marked_words(left, right)
    assert ("".join(piece.text for piece in ones), "".join(piece.text for piece in others)) == (left, right)
    assert "".join(piece.text for piece in ones if piece.is_same) == "".join(
        piece.text for piece in others if piece.is_same
    )


@given(st.text(max_size=6_000))
def test_a_text_differs_from_itself_in_nothing(text: str) -> None:
    assert all(piece.is_same for pieces in marked_words(text, text) for piece in pieces)


def test_the_words_that_differ_are_marked() -> None:
    ones, _ = marked_words('{"city": "Paris", "days": 3}', '{"city": "Rome", "days": 3}')
    assert [piece.text for piece in ones if not piece.is_same] == ["Paris"]
