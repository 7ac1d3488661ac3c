"""Which texts of a session are shown for a search: the fewest that have all its terms. Pure; knows no index."""

from collections.abc import Sequence
from typing import NamedTuple

from agent.library.digests.turns import Part
from agent.library.listing import Match, MatchKind
from agent.library.words import Piece, Query, fact_shown

__all__ = ["Text", "best_matches"]


class Text(NamedTuple):
    """One text of a session, and where it stands."""

    turn: int
    """The turn's number, from 1; 0 for a title."""
    run_id: str | None
    part: Part


def best_matches(query: Query, texts: Sequence[Text], most: int) -> tuple[Match, ...]:
    """The texts with most of the terms, together with all of them where that takes no more than `most`, in order.

    What would look the same is shown once: of calls that run side by side, each may have the same name and result.
    """
    texts = [*dict.fromkeys(texts)]
    covers = [query.covers(text.part.text) for text in texts]
    missing = set(range(len(query.terms)))
    chosen: dict[Match, int] = {}
    left = [place for place, cover in enumerate(covers) if cover]
    while left and len(chosen) < most:
        best = max(left, key=lambda place: (len(covers[place] & missing), len(covers[place]), -place))
        left.remove(best)
        missing -= covers[best]
        turn, run_id, part = texts[best]
        context = query.context(part.text)
        if part.kind is MatchKind.FACT:
            context = tuple(Piece(fact_shown(piece.text), piece.is_match) for piece in context)
        match = Match(kind=part.kind, run_id=run_id, turn=turn, context=context)
        chosen.setdefault(match, best)
    return tuple(sorted(chosen, key=chosen.__getitem__))
