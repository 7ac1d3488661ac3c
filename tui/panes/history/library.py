"""The saved sessions under their headings, and the turns of those that are unfolded. Knows no file and no widget."""

from collections.abc import Sequence

from agent.conversation.run import Run
from agent.library.listing import SessionInfo, TurnInfo
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Key, Row, Span
from tui.panes.history.listed import ListedRows
from tui.panes.history.rows import branch_words, note_row, session_row, turn_row
from tui.panes.history.sections import families, sections

__all__ = ["LibraryRows"]

_NOTE = -1
"""The last part of the key of a remark in place of turns."""


class LibraryRows(ListedRows):
    """All sessions. The open one is there too before it is saved; it is unfolded unless the user folded it."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.current: str | None = None
        """The id of the run that is marked."""
        self._sessions: Sequence[SessionInfo] | None = None
        self._now = 0.0
        self._depths: dict[str, int] = {}
        """How deep a session stands below those that it was forked from, by its id; not those that were not."""
        self._open_id = ""
        self._is_listed = False
        """Whether the open session is among the saved ones."""
        self._title = ""
        self._runs: list[Run] | None = None
        """The turns of the open session; None until they are known."""
        self._run_numbers: dict[str, int] = {}
        self._folds: dict[str, bool] = {}
        """What the user folded or unfolded, by session."""
        self._turns: dict[str, Sequence[TurnInfo]] = {}
        """Turns of other sessions that are unfolded."""
        self._asked: dict[str, float] = {}
        """Of which state of a session its turns were asked for: when it was last written to."""

    # The sessions

    @property
    def now(self) -> float:
        """The moment that the list was made for, in milliseconds since the epoch; 0 before there was one."""
        return self._now

    def show_sessions(self, sessions: Sequence[SessionInfo], now: float) -> None:
        """List these sessions; `now` is in milliseconds since the epoch."""
        self._sessions, self._now = sessions, now
        self._make_lines()

    def _make_lines(self) -> None:
        listed = self._sessions or ()
        self._is_listed = any(session.id == self._open_id for session in listed)
        new = [] if self._is_listed else self._unsaved()
        entries: list[SessionInfo | str] = []
        self._depths = {}
        if self._sessions is None:
            entries += new
        else:
            for heading, members in sections([*new, *listed], self._now):
                entries += ["", heading] if entries else [heading]
                family = families(members)
                entries += [session for session, _depth in family]
                self._depths |= {session.id: depth for session, depth in family if depth}
        self._list(entries)
        self._nest(set(self._folds) | {self._open_id})

    def _unsaved(self) -> list[SessionInfo]:
        """The open session where it is not among the saved ones; none where it is empty and they are, too."""
        is_there = bool(self._open_id) or self._runs is not None
        if not (self._title or self._runs or (self._sessions and is_there)):
            return []
        return [SessionInfo(id=self._open_id, title=self._title, created=self._now, updated=self._now)]

    def is_saved(self, session: SessionInfo) -> bool:
        """Whether there is anything of a session that can be renamed, pinned or deleted."""
        return bool(session.id) and (session.id != self._open_id or self._is_listed or bool(self._runs))

    def title(self, session: SessionInfo) -> str:
        """A session's title on one line; empty where it has none."""
        return flat(session.title or (self._title if session.id == self._open_id else ""))

    # The open session

    @property
    def open_id(self) -> str:
        """The id of the open session; empty where it has none."""
        return self._open_id

    def open(self, session_id: str) -> None:
        """Mark this session as the open one; its runs are shown next."""
        self._open_id, self._title, self._runs = session_id, "", None
        self._run_numbers = {}
        self._make_lines()

    def show(self, title: str, runs: Sequence[Run]) -> None:
        """Have these turns in the open session."""
        self._title, self._runs = title, list(runs)
        self._run_numbers = {run.id: number for number, run in enumerate(runs)}
        self._forget_turns(self._open_id)
        self._make_lines()

    def has_run(self, run: Run) -> bool:
        """Whether this turn is listed."""
        return run.id in self._run_numbers

    def put_run(self, run: Run) -> None:
        """Take in a turn of the open session, new or changed."""
        runs = self._runs = [] if self._runs is None else self._runs
        if (number := self._run_numbers.get(run.id)) is not None:
            runs[number] = run
            return
        self._run_numbers[run.id] = len(runs)
        runs.append(run)
        self._title = self._title or run.question
        if self._open_id in self._lines:
            self._nest([self._open_id])
        else:
            self._make_lines()

    @property
    def newest(self) -> Key:
        """The newest turn of the open session; the session where it has none."""
        return (self._open_id, self._runs[-1].id) if self._runs else (self._open_id,)

    @property
    def _is_going_on(self) -> bool:
        return self._runs[-1].is_open if self._runs else False

    def run(self, key: Key) -> Run | None:
        """The turn of the open session that a key stands for."""
        number = self._run_numbers.get(str(key[1])) if len(key) > 1 and key[0] == self._open_id else None
        return self._runs[number] if self._runs and number is not None else None

    # What is under a session

    def is_folded(self, session_id: str) -> bool:
        """Whether a session's turns are folded away."""
        return self._folds.get(session_id, session_id != self._open_id)

    def fold(self, session_id: str, folded: bool) -> None:
        """Fold or unfold a session's turns."""
        self._folds[session_id] = folded
        if folded:
            self._forget_turns(session_id)
        self._nest([session_id])

    def _forget_turns(self, session_id: str) -> None:
        """They are asked for again when they are needed again."""
        self._turns.pop(session_id, None)
        self._asked.pop(session_id, None)

    def take_wanted(self) -> list[str]:
        """The unfolded sessions whose turns are not known as they are now; each is given once."""
        wanted: list[str] = []
        for session_id, folded in self._folds.items():
            session = self.session((session_id,))
            if folded or session is None or session_id == self._open_id:
                continue
            if self._asked.get(session_id) != session.updated:
                self._asked[session_id] = session.updated
                wanted.append(session_id)
        return wanted

    def show_turns(self, session_id: str, turns: Sequence[TurnInfo]) -> None:
        """Have these turns in a session that is not open; where it was folded meanwhile, none."""
        if session_id != self._open_id and not self.is_folded(session_id):
            self._turns[session_id] = turns
            self._nest([session_id])

    def _nest(self, session_ids: Sequence[str] | set[str]) -> None:
        """Take in that what is under these sessions may have changed."""
        shown = [session_id for session_id in session_ids if session_id in self._lines]
        self._nested.put_under({self._lines[session_id]: self._count_under(session_id) for session_id in shown})
        self._made.clear()

    def _under(self, session_id: str) -> Sequence[Run | TurnInfo] | None:
        """A session's turns; None where they are not known."""
        if session_id == self._open_id and self._runs is not None:
            return self._runs
        return self._turns.get(session_id)

    def _count_under(self, session_id: str) -> int:
        if self.is_folded(session_id):
            return 0
        return len(self._under(session_id) or ()) or (session_id != self._open_id)

    def _child_key(self, session_id: str, number: int) -> Key:
        turns = self._under(session_id)
        if not turns:
            return (session_id, _NOTE)
        turn = turns[number]
        return (session_id, turn.id if isinstance(turn, Run) else turn.run_id)

    def _child_number(self, key: Key) -> int | None:
        if key[0] == self._open_id and self._runs is not None:
            return self._run_numbers.get(str(key[1]))
        turns = self._turns.get(str(key[0]), ())
        return next((number for number, turn in enumerate(turns) if turn.run_id == key[1]), None)

    # Rows

    def _session_row(self, key: Key, session: SessionInfo, width: int) -> Row:
        is_open = session.id == self._open_id
        has_turns = not is_open or bool(self._under(session.id))
        title = self.title(session) or ("(no question)" if has_turns else "New chat")
        words = [Span(title, "strong" if is_open else "plain")]
        if branch := branch_words(session):
            words = [Span(branch, words[0].role), Span(f"  {title}", "quiet")]
        return session_row(
            key,
            session,
            words,
            is_open=is_open,
            is_live=session.is_live or (is_open and self._is_going_on),
            folded=self.is_folded(session.id) if has_turns else None,
            depth=self._depths.get(session.id, 0),
            width=width,
            now=self._now,
            glyphs=self._glyphs,
        )

    def _child_row(self, key: Key, session: SessionInfo, number: int, width: int) -> Row:
        turns = self._under(session.id)
        if not turns:
            text = self._glyphs.ellipsis if turns is None else session.problem or "no turns"
            return note_row(key, text, is_problem=turns is not None and session.problem is not None)
        turn = turns[number]
        return turn_row(
            key,
            turn,
            number + 1 if isinstance(turn, Run) else turn.number,
            number_width=max(2, len(str(len(turns)))),
            is_current=session.id == self._open_id and key[1] == self.current,
            glyphs=self._glyphs,
        )
