"""A session as something to keep or to show: Markdown, JSON, AG-UI events, or a page.

Pure from the lines of a transcript to bytes; what is drawn on a screen is not exported here. Knows no library.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal, get_args

from agent.conversation.lineage import Origin, origin_of
from agent.conversation.reducer import Conversation
from agent.events.framing import Line
from agent.events.types import RunStarted
from agent.formats.exports.redacting import redacted_lines
from agent.secrets import Secrets

__all__ = ["FORMATS", "SUFFIXES", "ExportFormat", "export", "secrets_in"]

ExportFormat = Literal["markdown", "json", "events", "html"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
SUFFIXES: dict[ExportFormat, str] = {"markdown": ".md", "json": ".json", "events": ".jsonl", "html": ".html"}
"""How a file of each format is best named."""


def export(
    lines: Iterable[Line],
    export_format: ExportFormat,
    *,
    session_id: str,
    title: str = "",
    secrets: Secrets | None = None,
) -> Iterator[bytes]:
    """The lines of a session in another form, in pieces, UTF-8; `title` is the user's own, if any.

    Events are the bytes of every whole line, unchanged. With `secrets` none of them is in it: each is marked `…` before
    anything is made of the lines. What another program recorded was never meant to be handed on: of a session of one,
    what is plainly a secret is marked in any case. Broken lines are in no export: who has to tell of them looks at the
    lines as they pass. Memory is that of the conversation; events need none, but where secrets are looked for.
    """
    lines = _marked(lines, secrets)
    if export_format == "events":
        for line in lines:
            if line.event is not None:
                yield line.raw + b"\n"
        return
    # Each brings libraries that the others, and commands that export nothing, do without.
    from agent.formats.exports.words import ExportedSession

    conversation, origin = _read(lines)
    session = ExportedSession(id=session_id, given_title=title, conversation=conversation, origin=origin)
    match export_format:
        case "markdown":
            from agent.formats.exports.markdown import markdown as pieces
        case "json":
            from agent.formats.exports.json import json_text as pieces
        case "html":
            from agent.formats.exports.html import html as pieces
    for piece in pieces(session):
        yield piece.encode("utf-8", "replace")


def secrets_in(lines: Iterable[Line], secrets: Secrets) -> int:
    """In how many places of what is exported of these lines something looks like a secret."""
    return redacted_lines(_marked(lines, None), secrets)[1]


def _marked(lines: Iterable[Line], secrets: Secrets | None) -> Iterable[Line]:
    """The lines without secrets, where some are given or it is a session of another program's."""
    rest = iter(lines)
    first: list[Line] = []
    for line in rest:
        first.append(line)
        if isinstance(line.event, RunStarted):
            is_others = origin_of(line.event) is not None
            secrets = secrets or (Secrets() if is_others else None)
            break
    whole = chain(first, rest)
    return whole if secrets is None else redacted_lines(whole, secrets)[0]


def _read(lines: Iterable[Line]) -> tuple[Conversation, Origin | None]:
    """What the lines come to, and the program that they are from."""
    conversation, origin = Conversation(), None
    for line in lines:
        if line.event is not None:
            conversation.apply(line.event)
            if origin is None and isinstance(line.event, RunStarted):
                origin = origin_of(line.event)
    conversation.cut_off()  # of a session that still goes on, what is exported ends here
    return conversation, origin
