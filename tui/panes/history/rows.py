"""The rows of the sidebar: headings, sessions, turns and places where words were found. Knows no list and no widget."""

import re
from collections.abc import Sequence

from rich.cells import cell_len, split_graphemes

from agent.conversation.lineage import Lineage, Origin
from agent.conversation.run import Run
from agent.figures import local_time
from agent.library.listing import Match, MatchKind, SessionInfo, TurnInfo
from agent.library.words import Piece
from agent.text import visible
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Key, Role, Row, Span
from tui.drawing.status import run_state, status_sign
from tui.panes.history.sections import when

__all__ = [
    "TITLE_COLUMN",
    "branch_detail",
    "branch_words",
    "context",
    "heading_row",
    "match_row",
    "note_row",
    "session_row",
    "turn_row",
]

TITLE_COLUMN = 3
"""Cells before a session's title: the bar and the fold sign."""

_ROOM_FOR_DATE = 36
"""Cells of a row from which on there is room for a date beside the title."""
_INDENT = "    "
_DEEPEST = 4
"""So deep at most a session stands below those that it comes from."""
_SPACE = re.compile(r"\s+")
_PIECE_LIMIT = 400
"""Characters of a piece of context that are looked at."""

_KINDS = {
    MatchKind.TITLE: "title",
    MatchKind.QUESTION: "",
    MatchKind.ANSWER: "answer",
    MatchKind.TOOL: "tool",
    MatchKind.ARGUMENTS: "args",
    MatchKind.RESULT: "result",
    MatchKind.FACT: "is",
}


def heading_row(key: Key, text: str) -> Row:
    """A heading; the empty one keeps sections apart."""
    return Row(key, (Span(f" {text}", "quiet"),), in_tree=False)


def note_row(key: Key, text: str, *, is_problem: bool = False) -> Row:
    """A remark in place of a session's turns."""
    return Row(key, (Span(f"{_INDENT} {flat(text)}", "warning" if is_problem else "quiet"),), in_tree=False)


def session_row(
    key: Key,
    session: SessionInfo,
    title: Sequence[Span],
    *,
    is_open: bool,
    is_live: bool,
    folded: bool | None,
    depth: int,
    width: int,
    now: float,
    glyphs: Glyphs,
) -> Row:
    """A session; `title` is what is shown for it, `folded` is None where it has nothing to fold.

    `depth` is how deep it stands below those that it was forked from.
    """
    sign = " " if folded is None else glyphs.folded if folded else glyphs.unfolded
    spans = [Span(glyphs.bar if is_open else " ", "live"), Span(f"{sign} ", "quiet")]
    if depth:
        spans.append(Span(f"{'  ' * (min(depth, _DEEPEST) - 1)}{glyphs.child} ", "quiet"))
    if is_live:
        spans.append(Span(f"{glyphs.live} ", "live"))
    if session.problem is not None:
        spans.append(Span(f"{glyphs.problem} ", "warning"))
    if session.origin is not None:
        title = (*title, Span(f"  {flat(Origin(program=session.origin, timing=session.timing).words)}", "quiet"))
    has_room = width >= _ROOM_FOR_DATE + 4 * glyphs.iso_dates
    right = when(session.updated, now, iso=glyphs.iso_dates) if has_room and now else ""
    return Row(key, (*spans, *title), right=right, in_tree=False)


def branch_words(session: SessionInfo) -> str:
    """What a session is that was branched off another, whose title it has: `what-if 2.1: model=openai:x`."""
    if (lineage := session.lineage) is None:
        return ""
    changed = ", ".join(_changed(session, lineage))
    return flat(f"{lineage.branch} {_where(lineage)}".rstrip() + f": {changed}" * bool(changed))


def branch_detail(session: SessionInfo) -> list[str]:
    """The same in lines of their own, and when that was."""
    if (lineage := session.lineage) is None:
        return []
    where = _where(lineage)
    place = f" from {'step' if '.' in where else 'turn'} {where}" if where else ""
    lines = [f"{lineage.branch}{place}", *_changed(session, lineage), local_time(session.created)]
    return [flat(line) for line in lines if line]


def _where(lineage: Lineage) -> str:
    named, _, number = lineage.moment.partition(":")
    return lineage.step or (number if named == "turn" else "")


def _changed(session: SessionInfo, lineage: Lineage) -> list[str]:
    """What was made otherwise, and the model where that stayed."""
    is_told = not session.model or any(one.startswith("model=") for one in lineage.patch)
    return [*lineage.patch, *([] if is_told else [session.model or ""])]


def turn_row(
    key: Key, turn: Run | TurnInfo, number: int, *, number_width: int, is_current: bool, glyphs: Glyphs
) -> Row:
    """A turn by its number, with how it ended."""
    spans = (
        Span(glyphs.bar if is_current else " ", "live"),
        Span(f" {number:>{number_width}} ", "quiet"),
        run_state(turn, glyphs) if isinstance(turn, Run) else _saved_state(turn, glyphs),
        Span(f" {flat(turn.question) or '(no question)'}", "strong" if is_current else "plain"),
    )
    return Row(key, spans, in_tree=False)


def _saved_state(turn: TurnInfo, glyphs: Glyphs) -> Span:
    """How a turn that is not open here ended."""
    return Span(glyphs.waiting, "warning") if turn.is_waiting else status_sign(turn.status, glyphs)


def match_row(key: Key, match: Match, *, width: int, glyphs: Glyphs) -> Row:
    """A place where words were found: the turn, what kind of text, the words in their context."""
    number, kind = f"{match.turn or '':>4} ", _KINDS[match.kind]
    spans = [Span(number, "quiet")]
    if kind:
        spans.append(Span(f"{kind} ", "key"))
    room = width - sum(cell_len(span.text) for span in spans)
    return Row(key, (*spans, *context(match.context, room, glyphs.ellipsis)), in_tree=False)


def context(pieces: Sequence[Piece], room: int, ellipsis: str, role: Role = "plain") -> list[Span]:
    """The words and what stands around them in `role`, safe to draw, begun so late that the first match is seen."""
    spans = [
        Span(_SPACE.sub(" ", visible(piece.text[:_PIECE_LIMIT])), "match" if piece.is_match else role)
        for piece in pieces
    ]
    first = next((number for number, span in enumerate(spans) if span.role == "match"), 0)
    before, after = "".join(span.text for span in spans[:first]).lstrip(), spans[first:]
    word = cell_len(after[0].text) if after else 0
    if cell_len(before) + word >= room:
        rest = sum(cell_len(span.text) for span in after)
        before = _end_of(before, min(max(room * 2 // 5, room - rest), room - word - 1), ellipsis)
    return [Span(before, role), *after] if before else after


def _end_of(text: str, width: int, ellipsis: str) -> str:
    """The end of `text` in at most `width` cells, from the start of a word where there is one."""
    if cell_len(text) <= width:
        return text
    start, room = len(text), width - 1
    for begin, _, cells in reversed(split_graphemes(text)[0]):
        if cells > room:
            break
        start, room = begin, room - cells
    end = text[start:]
    if text[start - 1 : start] != " " and " " in end:
        end = end[end.index(" ") + 1 :]
    return ellipsis + end if width > 0 else ""
