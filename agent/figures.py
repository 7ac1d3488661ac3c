"""Numbers as people read them: durations, sizes, counts, moments. Pure text; knows no colour and no widget."""

from datetime import UTC, datetime

__all__ = ["EARLIEST", "clock", "duration", "iso_time", "local_time", "plural", "size", "stamp"]

EARLIEST = 1_000_000_000_000
"""Milliseconds since the epoch, in 2001: a stream whose times are smaller counts from its own start."""
_YEAR_9999 = 253_370_764_800_000
"""Milliseconds since the epoch."""


def duration(milliseconds: float) -> str:
    """A span of time in at most six characters below 100 hours: `1 ms`, `0.8 s`, `42 s`, `1:04`, `2:05:09`."""
    milliseconds = max(0.0, milliseconds)
    if milliseconds < 99.5:
        return f"{milliseconds:.0f} ms" if milliseconds >= 0.5 or milliseconds == 0 else "<1 ms"
    seconds = milliseconds / 1000
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def size(count: int) -> str:
    """A number of bytes: `812 B`, `12.4 kB`, `3.1 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 999_950 else f"{count / 1_000_000:.1f} MB"


def plural(count: int, noun: str) -> str:
    """`1 item`, `3 items`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def clock(milliseconds: float) -> str:
    """A span of time as a clock shows it, in whole seconds: `0:03`, `2:05:09`."""
    minutes, second = divmod(int(max(0.0, milliseconds) / 1000), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def stamp(milliseconds: float) -> str:
    """A moment of a recording, to the nearest tenth of a second, as durations are told: `0:12.3`, `1:02:03.4`."""
    tenths = round(max(0.0, milliseconds) / 100)
    minutes, rest = divmod(tenths, 600)
    hours, minute = divmod(minutes, 60)
    second = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minute:02}:{second}" if hours else f"{minute}:{second}"


def iso_time(milliseconds: float) -> str | None:
    """A moment since the epoch in ISO 8601, UTC: `2026-11-23T15:04:05.123Z`; None where no event told one."""
    moment = _moment(milliseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z" if moment else None


def local_time(milliseconds: float, *, with_zone: bool = False) -> str:
    """A moment since the epoch as clocks here show it: `2026-11-23 16:04 CET`; empty where no event told one."""
    moment = _moment(milliseconds)
    return f"{moment.astimezone():%Y-%m-%d %H:%M{' %Z' if with_zone else ''}}" if moment else ""


def _moment(milliseconds: float) -> datetime | None:
    # A foreign stream's moment may lie in no year that there is, or be counted from the stream's own start.
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if EARLIEST <= milliseconds < _YEAR_9999 else None
