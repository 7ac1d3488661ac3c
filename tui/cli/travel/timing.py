"""`tickertape timing`: where the time of a session's turns went."""

import sys
from collections.abc import Iterator

from agent.conversation.prices import load_prices
from agent.errors import TranscriptError, UsageError
from agent.figures import duration, plural
from agent.formats.reports.timing import timing_object
from agent.recordings.timing import SpanKind, TimeSpan, timing_of
from agent.settings.settings import Settings
from tui.cli.parsing import EXIT_OK
from tui.cli.sessions.lists import print_json
from tui.cli.travel.recorded import read_recorded
from tui.cli.travel.tables import print_table

__all__ = ["print_timing"]

_HEADINGS = ("", "AT", "TOOK", "FIRST", "TOKENS", "GAP P50", "P95", "LONGEST", "STALLS", "WAITED")


def print_timing(settings: Settings, named: str, *, turn: int | None, as_object: bool) -> int:
    """Print where the time of a recording's turns went, or of that turn, from 1; gives the exit code.

    Raises:
        UsageError: there is no such recording, or no such turn.
        TranscriptError: it cannot be read, or does not say when anything happened.
    """
    recording = read_recorded(settings, named)
    if not recording.is_dated:
        raise TranscriptError(f"{recording.name} does not say when anything happened")
    runs = recording.runs
    if turn is not None:
        if not 1 <= turn <= len(runs):
            are = "is" if len(runs) == 1 else "are"
            raise UsageError(f"there is no turn {turn}; there {are} {plural(len(runs), 'turn')}")
        runs = runs[turn - 1 : turn]
    if as_object:
        print_json({"name": recording.name, **timing_object(runs, load_prices("openai"))})
    else:
        rows = [row for run in runs for row in _rows(timing_of(run), run.started, 0)]
        print_table(sys.stdout, _HEADINGS, rows)
    return EXIT_OK


def _rows(span: TimeSpan, origin: float, depth: int) -> Iterator[tuple[str, ...]]:
    gaps = span.gaps
    pauses = ("", "", "") if gaps is None else (duration(gaps.p50), duration(gaps.p95), duration(gaps.longest))
    yield (
        "  " * depth + _titled(span),
        f"+{duration(span.start - origin)}",
        "" if span.duration is None else duration(span.duration),
        "" if span.first is None else duration(span.first - span.start),
        f"{len(span.moments):,}" if len(span.moments) else "",
        *pauses,
        f"{len(gaps.stalls):,}" if gaps is not None and gaps.stalls else "",
        duration(span.wait) if span.wait else "",
    )
    for child in span.children:
        yield from _rows(child, origin, depth + 1)


def _titled(span: TimeSpan) -> str:
    """A step is called by its name alone: it may well say that it is one."""
    return span.name if span.kind is SpanKind.STEP else f"{span.kind} {span.name}".rstrip()
