"""The block structure is that of markdown-it, whose parser needs the whole text."""

import re
from collections.abc import Iterator

from hypothesis import HealthCheck, assume, given, settings
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from tests.tui.drawing.documents import documents, fragments
from tui.drawing.markdown.blocks import BlockParser, Item

Shape = tuple[str, tuple[str, ...], str]
"""Kind, containers from outside in, text."""

_KINDS = {
    "code_block": "code",
    "fence": "fence",
    "heading": "heading",
    "hr": "rule",
    "paragraph": "paragraph",
}

# Where markdown-it and CommonMark's own parser part: a line right under a definition in a quote or item, and a table
# whose head stands behind a list's mark.
_DISPUTED = re.compile(r"\]: .*\n[^\n]*\S|^[ \t>]*(?:[-*+]|\d+[.)])[ \t].*\|.*\n[ \t>]*[-:|]", re.MULTILINE)


def ours(text: str) -> list[Shape]:
    parser = BlockParser()
    for line in text.removesuffix("\n").split("\n"):
        parser.feed(line)
    parser.finish()
    shapes: list[Shape] = []
    for block in parser.blocks:
        places = tuple(
            (str(item.number) if item.marker.start is not None else "-") if isinstance(item, Item) else ">"
            for item in block.containers
        )
        if block.kind == "item":
            shapes.append(("item", _without_quotes(places), ""))
        elif block.kind == "table":
            shapes.append(("table", places, str(len(block.lines) - 1)))
        else:
            shapes.append((block.kind, places, _trimmed(block.kind, block.text)))
    return shapes


def theirs(text: str) -> list[Shape]:
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(text)
    return list(_shapes(SyntaxTreeNode(tokens), ()))


def _shapes(node: SyntaxTreeNode, places: tuple[str, ...]) -> Iterator[Shape]:
    for index, child in enumerate(node.children):
        if child.type == "blockquote":
            yield from _shapes(child, (*places, ">"))
        elif child.type == "list_item":
            mark = str(int(node.attrs.get("start", 1)) + index) if node.type == "ordered_list" else "-"
            inside = list(_shapes(child, (*places, mark)))
            yield from inside or [("item", (*places, mark), "")]
        elif child.type == "table":
            yield "table", places, str(sum(len(part.children) for part in child.children))
        elif child.type in _KINDS:
            kind = _KINDS[child.type]
            content = child.children[0].content if kind in ("paragraph", "heading") else child.content
            yield kind, places, _trimmed(kind, content)
        else:
            yield from _shapes(child, places)


def _without_quotes(places: tuple[str, ...]) -> tuple[str, ...]:
    """An empty item is one however many empty quotes are in it."""
    return _without_quotes(places[:-1]) if places[-1:] == (">",) else places


def _trimmed(kind: str, text: str) -> str:
    if kind in ("fence", "code"):
        return "\n".join(line.strip() for line in text.rstrip().split("\n"))
    return "" if kind == "rule" else "\n".join(line.strip() for line in text.split("\n")).strip()


@settings(suppress_health_check=list(HealthCheck))
@given(documents | fragments)
def test_blocks_are_those_of_markdown_it(text: str) -> None:
    assume("\r" not in text and "\x1b" not in text and not _DISPUTED.search(text))
    assert ours(text) == theirs(text)
