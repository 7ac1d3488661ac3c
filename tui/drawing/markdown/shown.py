"""What a reader sees of a text, whatever the width: the lines that a search looks at, and the words for where.

Owns that a search finds in a text what the message log draws of it, and nothing else: Markdown without its marks,
cells of a table one by one, code as it stands. Knows no widget and no colours.
"""

from collections.abc import Iterator

from agent.conversation.finding import Hit, HitKind
from agent.text import visible
from tui.drawing.cells import flat
from tui.drawing.markdown.blocks import Block, BlockParser, Item
from tui.drawing.markdown.inline import References, Segments, spans_of
from tui.drawing.markdown.layouts import TASK
from tui.drawing.markdown.source import cells_of, column_aligns
from tui.drawing.wrap import unwrapped

__all__ = ["shown_lines", "where"]

_MARKDOWN = frozenset({HitKind.ANSWER, HitKind.PREAMBLE, HitKind.REASONING})
_MARKS = frozenset("*_`[]!<&\\~\t")
"""A text without these, and without two spaces, is what it looks like."""


def shown_lines(kind: HitKind, text: str) -> list[str]:
    """The lines that the log draws of a text, before they are wrapped; empty ones may be left out."""
    if kind in _MARKDOWN:
        return list(_markdown_lines(text))
    return unwrapped(visible(text).strip())


def where(hit: Hit) -> str:
    """What a hit stands in: `result of add`."""
    name = flat(hit.name)
    match hit.kind:
        case HitKind.TOOL:
            return f"name of {name}"
        case HitKind.ARGUMENTS | HitKind.RESULT:
            return f"{hit.kind} of {name}"
        case HitKind.PREAMBLE:
            return "text before a call"
        case _:
            return str(hit.kind)


def _markdown_lines(text: str) -> Iterator[str]:
    parser = BlockParser()
    for line in visible(text).split("\n"):
        parser.feed(line.removesuffix("\r"))
    parser.finish()
    for block in parser.blocks:
        match block.kind:
            case "paragraph" | "heading":
                yield from _inline_lines(block, parser.references)
            case "table":
                yield from _cells(block.lines, parser.references)
            case "fence" | "code":
                yield from block.info.split()[:1]
                yield from (line.expandtabs(4) for line in block.lines)


def _inline_lines(block: Block, references: References) -> list[str]:
    text = block.text
    if block.kind == "paragraph" and block.first_of and isinstance(block.containers[-1], Item):
        text = TASK.sub("", text, count=1) if TASK.match(text) else text
    if _MARKS.isdisjoint(text) and "  " not in text and " \n" not in text:
        return unwrapped(text.replace("\n", " "))
    final, rest = Segments(references).advance(text, is_open=False)
    return unwrapped("".join(span.text for span in (*final, *rest)))


def _cells(rows: list[str], references: References) -> Iterator[str]:
    """The cells of a table, row by row; its second row only says how they are aligned."""
    columns = len(column_aligns(rows[1]) or [])
    for row in (rows[0], *rows[2:]):
        for cell in cells_of(row)[:columns]:
            yield from unwrapped("".join(span.text for span in spans_of(cell, references)))
