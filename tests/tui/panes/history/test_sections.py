"""Which heading a session stands under."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.library.listing import SessionInfo
from tui.panes.history.sections import PINNED, families, sections, when

NOW = datetime(2026, 11, 19, 15, tzinfo=UTC).timestamp() * 1000  # a Thursday


def session(number: int, updated: float, *, pinned: bool = False) -> SessionInfo:
    return SessionInfo(id=f"s{number}", title="", created=updated, updated=updated, pinned=pinned)


LINKS = st.integers(0, 8).flatmap(
    lambda count: st.lists(st.none() | st.integers(0, count).map(lambda number: f"s{number}"), max_size=count)
)


@given(LINKS)
def test_every_session_stands_once_and_below_the_one_it_comes_from_whatever_it_says_that_is(
    parents: list[str | None],
) -> None:
    listed = [
        SessionInfo(id=f"s{number}", title="", created=0, updated=0, parent=parent)
        for number, parent in enumerate(parents)
    ]
    found = families(listed)
    assert sorted(one.id for one, _depth in found) == sorted(one.id for one in listed)
    above: dict[int, str | None] = {}
    known = {one.id for one in listed}
    for one, depth in found:
        if depth and one.parent in known:
            assert one.parent == above[depth - 1]
        above[depth] = one.id
    roots = [one.id for one, _depth in found if one.parent is None]
    assert len(roots) == sum(parent is None for parent in parents)
    assert families([one for one, _depth in found]) == found


def test_a_family_of_two_that_call_each_other_their_parents_is_listed() -> None:
    one, other = (SessionInfo(id=name, title="", created=0, updated=0, parent=of) for name, of in ("ab", "ba"))
    assert [session.id for session, _depth in families([one, other])] == ["a", "b"]


def ago(**span: float) -> float:
    return NOW - timedelta(**span).total_seconds() * 1000


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


MOMENTS = st.one_of(
    st.floats(min_value=NOW - 86_400_000 * 900, max_value=NOW + 86_400_000),
    st.integers(min_value=-40, max_value=1).map(lambda days: (NOW // 86_400_000 + days) * 86_400_000.0),  # midnights
    st.sampled_from([0.0, -1e18, 1e18, float("inf")]),
)


@given(st.lists(st.tuples(MOMENTS, st.booleans()), max_size=40))
def test_every_session_stands_once_in_its_order_under_the_heading_of_its_day(listed: list[tuple[float, bool]]) -> None:
    sessions = [session(number, updated, pinned=pinned) for number, (updated, pinned) in enumerate(listed)]
    found = sections(sessions, NOW)
    assert sorted(member.id for _, members in found for member in members) == sorted(one.id for one in sessions)
    assert len({heading for heading, _ in found}) == len(found)
    newest = None
    for heading, members in found:
        assert members == [one for one in sessions if one in members]
        assert all(_heading(member) == heading for member in members)
        if heading != PINNED:
            oldest, newest_here = min(one.updated for one in members), max(one.updated for one in members)
            assert newest is None or newest_here <= newest
            newest = oldest


def _heading(one: SessionInfo) -> str:
    """As slow and plain as can be."""
    if one.pinned:
        return PINNED
    today = datetime.fromtimestamp(NOW / 1000, tz=UTC).date()
    day = datetime.fromtimestamp(min(max(one.updated, 0), 4e14 / 2) / 1000, tz=UTC).date()
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return "This week" if day.isocalendar()[:2] == today.isocalendar()[:2] else f"{day:%B %Y}"


def test_days_are_local(zone: str) -> None:
    last_evening = datetime(2026, 11, 18, 23, 30).astimezone().timestamp() * 1000
    this_morning = datetime(2026, 11, 19, 0, 30).astimezone().timestamp() * 1000
    found = sections([session(1, this_morning), session(2, last_evening)], NOW)
    assert [heading for heading, _ in found] == ["Today", "Yesterday"], zone
    assert (when(last_evening, NOW), when(this_morning, NOW)) == ("23:30", "00:30")


def test_on_a_monday_there_is_no_week_yet() -> None:
    monday = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000
    days = [session(number, monday - number * 86_400_000) for number in range(4)]
    assert [heading for heading, _ in sections(days, monday)] == ["Today", "Yesterday", "November 2026"]


def test_a_moment_is_as_short_as_it_can_be() -> None:
    assert [when(ago(**{"days": days}), NOW) for days in (0, 1, 2, 100, 400)] == [
        "15:00",
        "15:00",
        "17 Nov",
        "11 Aug",
        "Oct 2025",
    ]


def test_a_moment_can_be_written_as_iso_8601_has_it() -> None:
    moment = datetime(2026, 11, 18, 23, 30).astimezone().timestamp() * 1000
    assert when(moment, NOW, iso=True) == when(moment, NOW + 9e10, iso=True) == "2026-11-18 23:30"
