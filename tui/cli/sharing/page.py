"""A recording that may be handed on, and the page that plays one.

Knows no format but the page's: an asciicast is written from what `checked` gives.
"""

import dataclasses
import sys
from io import BytesIO
from pathlib import Path

from agent.errors import TickertapeError, UsageError
from agent.figures import plural
from agent.formats.exports.playing import playing_page
from agent.formats.exports.redacting import redacted
from agent.formats.imports.opening import open_viewed
from agent.recordings.recording import Recording
from agent.settings.settings import Settings
from agent.text import visible
from tui.app.saving import write_new
from tui.cli.parsing import EXIT_OK
from tui.cli.sharing.redaction import is_redacted
from tui.screens.replay.opening import Opening

__all__ = ["checked", "export_page"]


def checked(settings: Settings, opening: Opening, *, redact: bool) -> Opening:
    """What may be handed on: the recording, or the same without what looks like a secret.

    `redact` takes it out; else the user is asked at the terminal, and warned where there is none. Blocks.

    Raises:
        UsageError: he said no.
    """
    recording = Recording(opening.source, formats=open_viewed)
    recording.read()
    lines = [recording.raw(number) for number in range(len(recording))]
    clean, count = redacted(lines, settings.secrets)
    redact = is_redacted(count, redact=redact)
    if isinstance(opening.source, Path) and not redact:
        return dataclasses.replace(opening, ahead=None)
    data = b"".join(line + b"\n" for line in (clean if redact else lines))
    return dataclasses.replace(opening, source=BytesIO(data), ahead=None)


def export_page(opening: Opening, path: Path) -> int:
    """Write the page that plays a recording, and give the exit code.

    Raises:
        UsageError: the file is there already.
        TickertapeError: there is nothing to export, or it cannot be written.
    """
    if path.exists():
        raise UsageError(f"{path} is there already and is never overwritten: name another file")
    recording = Recording(opening.source, formats=open_viewed)
    recording.read()
    for problem in recording.problems:
        sys.stderr.write(f"tickertape: {visible(problem)}\n")
    if not len(recording):
        raise TickertapeError("nothing to export")
    pieces = playing_page(recording, idle_limit=opening.idle_limit, paced=opening.paced)
    write_new(path, (piece.encode("utf-8", "replace") for piece in pieces))
    sys.stderr.write(f"{path}: {plural(len(recording), 'event')}\n")
    return EXIT_OK
