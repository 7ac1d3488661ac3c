"""`tickertape context`: what a model was given at a moment of a session."""

import sys
from collections.abc import Iterator

from agent.figures import plural, size
from agent.formats.reports.context import context_object
from agent.recordings.contexts import Change, Context, Piece, changes, sizes
from agent.recordings.moments import position_of
from agent.settings.settings import Settings
from tui.cli.parsing import EXIT_OK
from tui.cli.sessions.lists import print_json
from tui.cli.travel.recorded import read_recorded
from tui.cli.travel.tables import print_table
from tui.drawing.cells import flat

__all__ = ["print_context"]

_HEADINGS = ("", "SINCE THE STEP BEFORE", "BYTES")
_SHOWN = 100
"""Characters of what a piece says."""


def print_context(settings: Settings, named: str, *, at: str, as_object: bool) -> int:
    """Print what the model was given in the step that a moment lies in; gives the exit code.

    Raises:
        UsageError: there is no such recording, or no such moment, or no turn has begun there.
        TranscriptError: it cannot be read.
    """
    from agent.sources.context.rebuilding import context_at, context_before  # it stands on LangChain's messages

    recording = read_recorded(settings, named)
    context = context_at(recording, position_of(at, recording))
    before = context_before(recording, context)
    if as_object:
        print_json({"name": recording.name, **context_object(before, context)})
        return EXIT_OK
    sys.stdout.writelines(f"{line}\n" for line in _head(context))
    print_table(sys.stdout, _HEADINGS, [_row(change, piece) for change, piece in changes(before, context)])
    return EXIT_OK


def _head(context: Context) -> Iterator[str]:
    model = f", {flat(context.model)}" if context.model else ""
    how = "as it was sent" if context.is_as_sent else "rebuilt from the recording"
    yield f"turn {context.turn}, step {context.step}{model}: {how}"
    yield from (f"  {doubt}" for doubt in context.doubts)
    if context.turns_left_out:
        yield f"  {plural(context.turns_left_out, 'turn')} left out for want of room"
    told = ", ".join(f"{kind} {size(count)}" for kind, count in sizes(context).items())
    yield f"  {size(context.size)}: {told}"


def _row(change: Change, piece: Piece) -> tuple[str, ...]:
    since = "" if change is Change.KEPT else str(change)
    cut = " (in part)" if piece.is_cut else ""
    return (f"{piece.label}{cut}  {flat(piece.text[:_SHOWN])}".rstrip(), since, f"{piece.size:,}")
