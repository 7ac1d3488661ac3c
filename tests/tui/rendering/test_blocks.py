"""The block structure is that of markdown-it, whose parser needs the whole text."""

from hypothesis import HealthCheck, assume, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.tui.rendering.documents import documents, fragments
from tui.rendering.blocks import BlockParser, Item

Shape = tuple[str, tuple[str, ...], str]
"""Kind, containers from outside in, text."""


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
            shapes.append(("item", tuple("".join(places).rstrip(">")), ""))
        elif block.kind == "table":
            shapes.append(("table", places, str(len(block.lines) - 1)))
        else:
            shapes.append((block.kind, places, _trimmed(block.kind, block.text)))
    return shapes


def theirs(text: str) -> list[Shape]:
    places: list[str] = []
    numbers: list[int | None] = []
    counts: list[int] = []
    shapes: list[Shape] = []
    rows = 0
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(text)
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            numbers.append(int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            numbers.pop()
        elif token.type == "blockquote_open":
            places.append(">")
        elif token.type == "list_item_open":
            number = numbers[-1]
            places.append("-" if number is None else str(number))
            numbers[-1] = None if number is None else number + 1
            counts.append(len(shapes))
        elif token.type in ("blockquote_close", "list_item_close"):
            if token.type == "list_item_close" and counts.pop() == len(shapes):
                shapes.append(("item", tuple("".join(places)), ""))
            places.pop()
        elif token.type == "tr_open":
            rows += 1
        elif token.type == "table_close":
            shapes.append(("table", tuple(places), str(rows)))
            rows = 0
        elif (kind := _kind(tokens, index)) is not None:
            shapes.append((kind, tuple(places), _trimmed(kind, token.content)))
    return shapes


def _kind(tokens: list[Token], index: int) -> str | None:
    if tokens[index].type == "inline":
        return {"paragraph_open": "paragraph", "heading_open": "heading"}.get(tokens[index - 1].type)
    return {"fence": "fence", "code_block": "code", "hr": "rule"}.get(tokens[index].type)


def _trimmed(kind: str, text: str) -> str:
    if kind in ("fence", "code"):
        return text.rstrip()
    return "" if kind == "rule" else "\n".join(line.strip() for line in text.split("\n")).strip()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents | fragments)
def test_blocks_are_those_of_markdown_it(text: str) -> None:
    assume("\r" not in text and "\x1b" not in text)
    assert ours(text) == theirs(text)
