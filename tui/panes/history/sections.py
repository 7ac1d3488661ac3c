"""Which heading a session stands under, and which session of it: pinned, else by the day it was last written to; what
was forked from another below that. Pure; knows no clock."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from agent.library.listing import SessionInfo

__all__ = ["PINNED", "families", "sections", "when"]

PINNED = "Pinned"

_LAST = 253_370_764_800_000.0
"""The year 9999 begins: times beyond it, and before 1970, are somebody's mistake."""


def sections(sessions: Iterable[SessionInfo], now: float) -> list[tuple[str, list[SessionInfo]]]:
    """Headings with their sessions, in the order given; the newest day first, no heading without a session.

    Days are those of the local time zone, weeks begin on Monday; `now` is in milliseconds since the epoch. What was
    written in the future, by a clock that was wrong, is of today.
    """
    pinned: list[SessionInfo] = []
    dated: dict[float, list[SessionInfo]] = {}
    spans = _Spans(now)
    since, until, section = 0.0, 0.0, pinned
    for session in sessions:
        if session.pinned:
            pinned.append(session)
            continue
        if not since <= session.updated < until:  # neighbours are mostly of one section: their date is not looked up
            since, until = spans.around(session.updated)
            section = dated.setdefault(since, [])
        section.append(session)
    found = [(PINNED, pinned)] if pinned else []
    return found + [(spans.heading(since), dated[since]) for since in sorted(dated, reverse=True)]


def families(sessions: Iterable[SessionInfo]) -> list[tuple[SessionInfo, int]]:
    """Sessions of one heading, each below the one it was forked from, with how deep it stands: 0 for one of its own.

    A family stands where the first of it stood; its members keep their order. One whose parent is not among them is 1
    deep where it stood. Of those that call each other their parents, the first is taken to be the eldest.
    """
    listed = list(sessions)
    by_id = {session.id: session for session in listed if session.id}
    if all(session.parent not in by_id for session in listed):
        return [(session, int(session.parent is not None)) for session in listed]
    children: dict[str, list[SessionInfo]] = {}
    for session in listed:
        if session.parent in by_id and session.parent != session.id:
            children.setdefault(session.parent or "", []).append(session)
    placed: dict[str, None] = {}
    found: list[tuple[SessionInfo, int]] = []
    for session in listed:
        if session.id in placed:
            continue
        eldest = _eldest(session, by_id)
        waiting = [(eldest, int(eldest.parent is not None and eldest.parent not in by_id))]
        while waiting:
            one, depth = waiting.pop()
            if one.id not in placed:
                placed[one.id] = None
                found.append((one, depth))
                waiting += [(child, depth + 1) for child in reversed(children.get(one.id, ()))]
    return found


def _eldest(session: SessionInfo, by_id: dict[str, SessionInfo]) -> SessionInfo:
    seen = {session.id}
    while (parent := by_id.get(session.parent or "")) is not None:
        session = parent
        if parent.id in seen:
            break
        seen.add(parent.id)
    return session


def when(moment: float, now: float, *, iso: bool = False) -> str:
    """A moment, short: the time of day within two days, then the day, and for other years the month; or as ISO 8601."""
    then, today = _local(moment), _local(now).date()
    if iso:
        return f"{then:%Y-%m-%d %H:%M}"
    if today - then.date() <= timedelta(days=1):
        return f"{then:%H:%M}"
    if then.year == today.year:
        return f"{then.day} {then:%b}"
    return f"{then:%b %Y}"


class _Spans:
    """The spans of time that have a heading, from the newest back."""

    def __init__(self, now: float) -> None:
        today = _local(now).date()
        yesterday, monday = today - timedelta(days=1), today - timedelta(days=today.weekday())
        self._named = [(_start(today), "Today"), (_start(yesterday), "Yesterday")]
        if monday < yesterday:
            self._named.append((_start(monday), "This week"))

    def around(self, moment: float) -> tuple[float, float]:
        """The first moment of the span that contains `moment`, and the first one after it."""
        until = float("inf")
        for since, _ in self._named:
            if moment >= since:
                return since, until
            until = since
        month = _local(moment).date().replace(day=1)
        return _start(month), min(until, _start((month + timedelta(days=31)).replace(day=1)))

    def heading(self, since: float) -> str:
        """The heading of the span that begins then."""
        return next((name for start, name in self._named if start == since), None) or f"{_local(since):%B %Y}"


def _local(moment: float) -> datetime:
    return datetime.fromtimestamp(min(max(moment, 0.0), _LAST) / 1000, tz=UTC).astimezone()


def _start(day: date) -> float:
    """When a local day begins, in milliseconds since the epoch."""
    return datetime(day.year, day.month, day.day).astimezone().timestamp() * 1000
