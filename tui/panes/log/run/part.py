"""A part of a run in the log: one message, or one line about the run, as lines.

Owns where its lines begin and what is marked in them. What belongs into it is the run's business.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from agent.conversation.items import Message, Reasoning
from tui.drawing.lines import CodeBlock, Line
from tui.drawing.matches import Matches
from tui.panes.log.run.notes import ENDING

__all__ = ["Body", "Part", "PartKind"]

PartKind = Literal["note", "question", "reasoning", "text", "thought"]


class Body(Protocol):
    """A growing text as lines."""

    lines: list[Line]
    changed_from: int

    def append(self, piece: str) -> None: ...
    def finish(self) -> None: ...
    def refresh(self) -> None: ...
    def has_guesses(self, lines: range) -> bool: ...
    def lay_out(self, lines: range) -> None: ...
    def locate(self, line: int) -> tuple[int, int]: ...
    def find(self, block: int, characters: int) -> int: ...
    def code_blocks(self) -> list[CodeBlock]: ...


@dataclass(slots=True)
class Part:
    """One message, or one line about the run."""

    key: str
    kind: PartKind
    lines: list[Line]
    gap: int = 1
    """Empty lines before it."""
    item: Message | Reasoning | None = None
    body: Body | None = None
    read: int = 0
    """How many fragments of the item have been taken."""
    done: bool = False
    changed_from: int = 0
    """The first line that the last update changed; the count of lines where it changed none."""
    top: int = 0
    """Where it begins in the run, its gap included."""
    matches: Matches | None = None
    """What was looked for in it last."""

    def take(self, lines: list[Line], changed_from: int) -> None:
        """Draw these lines from now on; those before `changed_from` are the same as before."""
        self.lines, self.changed_from = lines, changed_from
        if self.matches is not None:
            self.matches.forget(changed_from)

    def find(self, query: str) -> Matches | None:
        """Where the query stands in what a user or a model wrote; None where all of it is this program's own words."""
        if self.kind == "reasoning" or (self.kind == "note" and self.key != ENDING):
            return None
        if self.matches is None or self.matches.query != query:
            self.matches = Matches(query, only_plain=self.kind in ("note", "question"))
        self.matches.read(self.lines)
        return self.matches

    @property
    def height(self) -> int:
        """Lines with the gap; nothing where there is nothing to draw."""
        return self.gap + len(self.lines) if self.lines else 0

    @property
    def first(self) -> int:
        """Its first line in the run."""
        return self.top + self.gap

    def has_guesses(self, rows: range) -> bool:
        """Whether lines of it are only guessed; `rows` counts from the top of the run."""
        return self.body is not None and self.body.has_guesses(self._own(rows))

    def lay_out(self, rows: range) -> None:
        """Lay out what is only guessed of these lines; `rows` counts from the top of the run."""
        if self.body is not None and self.has_guesses(rows):
            self.body.lay_out(self._own(rows))
            self.take(self.body.lines, self.body.changed_from)

    def _own(self, rows: range) -> range:
        return range(max(0, rows.start - self.first), min(len(self.lines), rows.stop - self.first))

    def code_blocks(self) -> list[CodeBlock]:
        """The code in it."""
        return self.body.code_blocks() if self.body is not None else []
