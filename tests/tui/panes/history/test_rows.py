"""Rows of the sidebar, one by one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from agent.conversation.lineage import Lineage
from agent.conversation.run import RunStatus
from agent.library.listing import Match, MatchKind, SessionInfo, TurnInfo
from agent.library.words import Piece
from tui.drawing.glyphs import ASCII, UNICODE, Glyphs
from tui.drawing.rows import ROLES, Row, Span, paint
from tui.panes.history.rows import branch_detail, branch_words, context, match_row, session_row, turn_row

STYLES = dict.fromkeys(ROLES, Style())
NOW = 1_700_000_000_000.0


def painted(row: Row, width: int, glyphs: Glyphs = UNICODE) -> str:
    strip = paint(row, width, STYLES, glyphs, now=0, frame=0)
    assert strip.cell_length == width
    return strip.text.rstrip()


def row_of(
    title: str = "A title",
    *,
    width: int = 24,
    live: bool = False,
    problem: str | None = None,
    folded: bool | None = True,
    is_open: bool = False,
    depth: int = 0,
    glyphs: Glyphs = UNICODE,
) -> str:
    session = SessionInfo(id="s", title=title, created=NOW, updated=NOW, problem=problem)
    row = session_row(
        ("s",),
        session,
        [Span(title)],
        is_open=is_open,
        is_live=live,
        folded=folded,
        depth=depth,
        width=width,
        now=NOW,
        glyphs=glyphs,
    )
    return painted(row, width, glyphs)


def test_a_session_has_its_marks_before_its_title_and_its_time_where_there_is_room() -> None:
    assert row_of() == " ▶ A title"
    assert row_of(folded=False, is_open=True) == "▌▼ A title"
    assert row_of(folded=None, live=True, problem="broken") == "   ● ! A title"
    assert row_of(folded=False, is_open=True, live=True, glyphs=ASCII) == "|v * A title"
    assert row_of(depth=1) == " ▶ └ A title"
    assert row_of(depth=3, live=True) == " ▶     └ ● A title"
    assert row_of(depth=99, glyphs=ASCII) == " >       ` A title"
    assert row_of("A title that is long enough", width=24) == " ▶ A title that is long…"
    assert row_of("A title that is long enough", width=36) == " ▶ A title that is long enou…  22:13"


def test_what_was_branched_off_says_what_it_is_where_and_with_which_model() -> None:
    def words(lineage: Lineage | None, model: str | None = "offline") -> str:
        session = SessionInfo(id="s", title="t", created=NOW, updated=NOW, model=model, lineage=lineage)
        return branch_words(session)

    what_if = Lineage(branch="what-if", session="p", run="r", moment="event:9", step="2.1", patch=("system=Be brief",))
    assert words(None) == ""
    assert words(what_if) == "what-if 2.1: system=Be brief, offline"
    assert words(replace(what_if, patch=("model=openai:x",))) == "what-if 2.1: model=openai:x"
    assert words(replace(what_if, branch="branch", moment="turn:3", step="", patch=())) == "branch 3: offline"
    assert words(replace(what_if, branch="fork", step="", patch=()), None) == "fork"
    session = SessionInfo(id="s", title="t", created=NOW, updated=NOW, model="offline", lineage=what_if)
    assert branch_detail(session) == ["what-if from step 2.1", "system=Be brief", "offline", "2023-11-14 22:13"]


def test_a_turn_says_how_it_ended() -> None:
    def turn(status: RunStatus) -> str:
        info = TurnInfo(run_id="r", number=7, question="why\nnot?", status=status, started=NOW)
        return painted(turn_row(("s", "r"), info, 7, number_width=2, is_current=False, glyphs=UNICODE), 24)

    assert [turn(status) for status in (RunStatus.ANSWERED, RunStatus.CANCELLED, RunStatus.MODEL_ERROR)] == [
        "   7 ✓ why not?",
        "   7 ■ why not?",
        "   7 ✗ why not?",
    ]


def test_a_match_says_where_it_is() -> None:
    pieces = (Piece("the sum of all these numbers is "), Piece("224", is_match=True), Piece(", as you see"))
    rows = [
        painted(match_row(("s", 0), Match(kind=kind, turn=turn, context=pieces), width=30, glyphs=UNICODE), 30)
        for kind, turn in [
            (MatchKind.QUESTION, 1),
            (MatchKind.ANSWER, 12),
            (MatchKind.TOOL, 3),
            (MatchKind.ARGUMENTS, 3),
            (MatchKind.RESULT, 3),
        ]
    ]
    assert rows == [
        "   1 …is 224, as you see",
        "  12 answer …is 224, as you s…",
        "   3 tool …is 224, as you see",
        "   3 args …is 224, as you see",
        "   3 result …is 224, as you s…",
    ]


def test_a_context_is_left_as_it_is_where_its_match_can_be_seen() -> None:
    pieces = [Piece("one "), Piece("two", is_match=True), Piece(" three four five six")]
    assert "".join(span.text for span in context(pieces, 12, "…")) == "one two three four five six"
    assert [span.role for span in context(pieces, 12, "…", "strong")] == ["strong", "match", "strong"]
    assert context([], 12, "…") == []


@given(
    st.text(max_size=60),
    st.text(alphabet=st.characters(blacklist_categories=["Zs", "Cc", "Cs", "Mn", "Me", "Mc"]), min_size=1, max_size=6),
    st.text(max_size=60),
    st.integers(14, 40),
)
def test_the_first_match_can_be_seen_and_a_row_is_exact(before: str, word: str, after: str, width: int) -> None:
    match = Match(kind=MatchKind.QUESTION, turn=1, context=(Piece(before), Piece(word, is_match=True), Piece(after)))
    row = match_row(("s", 0), match, width=width, glyphs=UNICODE)
    found = next(span.text for span in row.spans if span.role == "match")
    text = paint(row, width, STYLES, UNICODE, now=0, frame=0)
    assert text.cell_length == width
    if cell_len(found) <= width - 8:
        assert found in text.text
