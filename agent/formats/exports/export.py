"""A session as something to keep or to show: Markdown, JSON, AG-UI events, or a page.

Pure from the lines of a transcript to bytes; what is drawn on a screen is not exported here. Knows no library.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import msgspec

from agent.conversation.lineage import Origin, origin_of
from agent.conversation.reducer import Conversation
from agent.events.framing import Line
from agent.events.types import RunStarted
from agent.events.wire import decode_told
from agent.formats.exports.redacting import hidden_json
from agent.secrets import Secrets

__all__ = ["FORMATS", "SUFFIXES", "ExportFormat", "export"]

ExportFormat = Literal["markdown", "json", "events", "html"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
SUFFIXES: dict[ExportFormat, str] = {"markdown": ".md", "json": ".json", "events": ".jsonl", "html": ".html"}
"""How a file of each format is best named."""


def export(lines: Iterable[Line], export_format: ExportFormat, *, session_id: str, title: str = "") -> Iterator[bytes]:
    """The lines of a session in another form, in pieces, UTF-8; `title` is the user's own, if any.

    Events are the bytes of every whole line, unchanged. What another program recorded was never meant to be handed on:
    in a session of one, what is plainly a secret is marked `…` before anything is made of it. Broken lines are in no
    export: who has to tell of them looks at the lines as they pass. Memory is that of the conversation; events need
    none.
    """
    lines = _marked(lines)
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


def _marked(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, in a session of another program's without what is plainly a secret."""
    secrets: Secrets | None = None
    for line in lines:
        if secrets is None and isinstance(line.event, RunStarted) and origin_of(line.event) is not None:
            secrets = Secrets()
        yield line if secrets is None or line.event is None else _without_secrets(line, secrets)


def _without_secrets(line: Line, secrets: Secrets) -> Line:
    told = msgspec.json.decode(line.raw)
    marked = hidden_json(told, secrets)
    if marked == told:
        return line
    raw = msgspec.json.encode(marked)
    return line._replace(raw=raw, event=decode_told(raw)[0])


def _read(lines: Iterable[Line]) -> tuple[Conversation, Origin | None]:
    """What the lines come to, and the program that they are from."""
    conversation, origin = Conversation(), None
    for line in lines:
        if line.event is not None:
            conversation.apply(line.event)
            if origin is None and isinstance(line.event, RunStarted):
                origin = origin_of(line.event)
    return conversation, origin
