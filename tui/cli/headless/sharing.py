"""What is asked before a recording is handed on: whether secrets in it are to go along. And the page that plays one.

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
from agent.secrets import Secrets
from agent.settings.settings import Settings
from agent.text import visible
from tui.app.saving import write_new
from tui.cli.parsing import EXIT_OK
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
    clean, count = redacted(lines, Secrets.of(settings.environ))
    if count and not redact:
        redact = _is_redacted(count)
    if redact and count:
        sys.stderr.write(f"tickertape: {plural(count, 'place')} marked …\n")
    if isinstance(opening.source, Path) and not (redact and count):
        return dataclasses.replace(opening, ahead=None)
    data = b"".join(line + b"\n" for line in (clean if redact else lines))
    return dataclasses.replace(opening, source=BytesIO(data), ahead=None)


def _is_redacted(count: int) -> bool:
    """Whether to take out what looks like a secret, by the user's word."""
    what = f"{plural(count, 'place')} in it {'looks' if count == 1 else 'look'} like a secret"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        sys.stderr.write(f"tickertape: {what}; --redact takes that out\n")
        return False
    sys.stderr.write(f"{what}: [r]edact, [k]eep, or [N]o export? ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()
    if answer in ("r", "redact"):
        return True
    if answer in ("k", "keep"):
        return False
    raise UsageError("nothing was exported")


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
