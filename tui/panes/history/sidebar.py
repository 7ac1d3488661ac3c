"""The sidebar: saved sessions with their turns, a search over all of them, and naming in place.

It is given values and says what the user asks for; it finds, opens and changes no session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import Input, Static

from agent.conversation.run import Run
from agent.library.listing import Found, Match, SessionInfo, TurnInfo
from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.history.list import SessionList
from tui.panes.history.naming import TitleEdit
from tui.panes.history.rows import TITLE_COLUMN, branch_detail
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput
from tui.widgets.quiet_line import QuietLine

__all__ = ["History"]

_EMPTY = "Your chats are kept here. {app.new_chat} begins one."
_QUERY_WIDTH = 40
"""Cells of a query that found nothing, as it is said."""
_ON_SESSION = frozenset({"open", "rename", "pin", "delete", "undo", "replay", "compare"})
"""Actions that are about the row under the cursor."""


class History(Vertical):
    """A line to search, the list below it, and a line that says what the library does.

    One thing: it says what the user asks for of the row that he stands on. Rows, places and folds are the list's.
    """

    DEFAULT_CSS = """
    History {
        layers: base above;
        & > .history--search { padding: 0 1; }
        & > SessionList { margin: 1 0 0 0; }
        & > TitleEdit { layer: above; }
        & > .history--branch {
            max-height: 5;
            padding: 0 1 0 3;
            color: $text-muted;
            text-wrap: nowrap;
            text-overflow: ellipsis;
            display: none;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "history.open": "open",
            "history.rename": "rename",
            "history.pin": "pin",
            "history.delete": "delete",
            "history.undo": "undo",
            "history.replay": "replay",
            "history.compare": "compare",
            "history.parent": "parent",
            "history.search": "search",
            "history.to_search": "search",
            "history.to_list": "to_list",
            "history.escape": "escape",
        }
    )

    @dataclass
    class TurnSelected(Message):
        """A turn of the open session is to be shown."""

        run: Run

    @dataclass
    class SessionSelected(Message):
        """A session is to be opened, at one of its turns where one is named, and where words were found in it."""

        session_id: str
        run_id: str | None = None
        match: Match | None = None

    @dataclass
    class TurnsRequested(Message):
        """`show_turns` is to be called with the turns of this session."""

        session_id: str

    @dataclass
    class SearchChanged(Message):
        """`show_found` is to be called with what is found for this query."""

        query: str

    @dataclass
    class RenameRequested(Message):
        """A session is to have this title; an empty one means its first question."""

        session_id: str
        title: str

    @dataclass
    class PinToggled(Message):
        """A session is to be pinned, or no longer."""

        session_id: str
        pinned: bool

    @dataclass
    class DeleteRequested(Message):
        """A session is to be moved to the trash."""

        session_id: str

    @dataclass
    class UndoRequested(Message):
        """What was deleted last is to come back."""

    @dataclass
    class ReplayRequested(Message):
        """A session is to be played back."""

        session_id: str

    @dataclass
    class CompareRequested(Message):
        """A session is to stand beside the one that is open."""

        session_id: str

    @dataclass
    class ParentRequested(Message):
        """The session that this one was forked from is to be played back, from where it was."""

        session_id: str

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        keys: Keys = DEFAULT_KEYS,
        empty_text: str = _EMPTY,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.keys = keys
        self.list = SessionList(glyphs=glyphs, empty_text=keys.fill(empty_text))
        """What has the focus while the user walks the sessions."""
        self._search = LineInput(placeholder=keys.fill("{history.search} search"), classes="history--search")
        self._naming = TitleEdit()
        self._search.can_focus = False  # Tab stops once in a pane: at the list
        self._branch = Static(markup=False, classes="history--branch")
        """What the session under the cursor is, where it was branched off another: its row has no room for that."""
        self._status = QuietLine(glyphs)
        self._glyphs = glyphs
        self._query = ""
        self._answered: str | None = None
        """The query whose results are shown."""

    def compose(self) -> ComposeResult:
        """From top to bottom; the title that is edited lies over its row."""
        yield self._search
        yield self.list
        yield self._branch
        yield self._status
        yield self._naming

    def on_mount(self) -> None:
        """Have the title that is edited stay on its row."""
        self.watch(self.list, "scroll_y", self._place_naming, init=False)

    def focus(self, scroll_visible: bool = True) -> Self:
        """Focus the list."""
        self.list.focus(scroll_visible)
        return self

    # What the owner tells

    @property
    def current(self) -> str | None:
        """The id of the run that the other panes show."""
        return self.list.library.current

    @current.setter
    def current(self, run_id: str | None) -> None:
        self.list.mark(run_id)

    @property
    def open_session(self) -> str | None:
        """The id of the session that the other panes show; set it before its turns are shown."""
        return self.list.library.open_id or None

    @open_session.setter
    def open_session(self, session_id: str | None) -> None:
        if session_id != self.open_session:
            self.list.open(session_id or "")

    @property
    def searched(self) -> str:
        """The query; empty while nothing is searched for. Where the library changes, call `show_found` for it again."""
        return self._query

    @property
    def is_naming(self) -> bool:
        """Whether a title is being edited."""
        return self._naming.session_id is not None

    @property
    def is_searching(self) -> bool:
        """Whether words to search for are being typed."""
        return self._search.has_focus

    @property
    def status(self) -> str:
        """What the library does, in a few words at the foot of the sidebar; empty where there is nothing to say."""
        return self._status.text

    @status.setter
    def status(self, text: str) -> None:
        self._status.text = text

    def show(self, title: str, runs: Sequence[Run]) -> None:
        """Show these turns in the open session, in place of those before."""
        self.list.show(title, runs)
        self._place_naming()

    def update_run(self, run: Run) -> None:
        """Show what changed in a turn of the open session, or a new one; at most once a frame."""
        self.list.update_run(run)
        self._place_naming()

    def show_sessions(self, sessions: Sequence[SessionInfo], now: float) -> None:
        """List these sessions, the newest first; `now` is in milliseconds since the epoch."""
        self.list.show_sessions(sessions, now)
        self._place_naming()

    def show_turns(self, session_id: str, turns: Sequence[TurnInfo]) -> None:
        """Show the turns that `TurnsRequested` asked for."""
        self.list.show_turns(session_id, turns)
        self._place_naming()

    def show_found(self, query: str, found: Sequence[Found]) -> None:
        """Show what was found; results of a query that is no longer in the input are not shown."""
        if query != self._query or not query:
            return
        self.list.show_found(
            found,
            f'Nothing found for "{fit(flat(query), _QUERY_WIDTH, self._glyphs.ellipsis)}"',
            anew=query != self._answered,
        )
        self._answered = query
        self._place_naming()

    # Searching

    def begin_search(self) -> None:
        """Take the words to search for; those that are there already are selected, to be typed over."""
        self._search.can_focus = True
        self.screen.set_focus(self._search)  # not a moment later: the words may come with the key that begins them
        self._search.select_all()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the words to search for where the user clicked on the search."""
        if self._search.region.contains_point(event.screen_offset):
            self._search.can_focus = True
            self._search.focus()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Be no stop of Tab any more; who goes to another program comes back."""
        event.stop()
        if self.app.app_focus and not self._search.has_focus:
            self._search.can_focus = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as it is typed."""
        event.stop()
        query = event.value.strip()
        if query == self._query:
            return
        self._query = query
        if query:
            self.post_message(self.SearchChanged(query))
        else:
            self._answered = None
            self.list.show_library()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on in the list."""
        event.stop()
        self.list.focus()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is about a row needs the list to have the keys."""
        if action in _ON_SESSION:
            return self.list.has_focus
        if action == "to_list":
            return self._search.has_focus
        return True

    def action_search(self) -> None:
        """Go to the search."""
        if not self.list.has_focus:
            raise SkipAction
        self.begin_search()

    def action_to_list(self) -> None:
        """Go from the search to the list."""
        self.list.focus()

    def action_escape(self) -> None:
        """Leave naming, or clear the search; what is left is not ours."""
        if not self.escape():
            raise SkipAction

    def escape(self) -> bool:
        """Take back one thing: naming, then the words of a search. False where there is neither."""
        if self._naming.session_id is not None:
            self._naming.leave()
        elif self.has_focus_within and self._search.value:
            self._search.value = ""
        else:
            return False
        return True

    def action_open(self) -> None:
        """Open what is under the cursor."""
        session = self.list.session
        if session is None:
            return
        match self.list.target:
            case Run() as run:
                self.post_message(self.TurnSelected(run))
            case Match() as match:
                self.post_message(self.SessionSelected(session.id, match.run_id, match))
            case run_id if session.id:
                self.post_message(self.SessionSelected(session.id, run_id))

    @property
    def _saved(self) -> SessionInfo | None:
        """The session under the cursor, where there is anything of it that can be changed."""
        session = self.list.session
        return session if session is not None and self.list.library.is_saved(session) else None

    def action_pin(self) -> None:
        """Pin the session under the cursor, or unpin it."""
        if (session := self._saved) is not None:
            self.post_message(self.PinToggled(session.id, not session.pinned))

    def action_delete(self) -> None:
        """Delete the session under the cursor; from one of its turns, go to it first, to show what would go."""
        session = self._saved
        if session is None or (y := self.list.row_number((session.id,))) is None:
            return
        if self.list.target is None:
            self.post_message(self.DeleteRequested(session.id))
        else:
            self.list.place_cursor(y)

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        self.post_message(self.UndoRequested())

    def action_replay(self) -> None:
        """Play the session under the cursor back."""
        if (session := self._saved) is not None:
            self.post_message(self.ReplayRequested(session.id))

    def action_compare(self) -> None:
        """Put the session under the cursor beside the one that is open."""
        if (session := self._saved) is not None:
            self.post_message(self.CompareRequested(session.id))

    def action_parent(self) -> None:
        """Play back what the session under the cursor was forked from; of the open one where the list has no keys."""
        session = self._saved if self.list.has_focus else None
        if (session_id := session.id if session is not None else self.open_session) is not None:
            self.post_message(self.ParentRequested(session_id))

    def on_session_list_chosen(self, message: SessionList.Chosen) -> None:
        """A row was clicked."""
        message.stop()
        self.action_open()

    def on_session_list_cursor_moved(self) -> None:
        """Say of a branch what it is."""
        session = self.list.session
        lines = [] if session is None else branch_detail(session)
        self._branch.display = bool(lines)
        self._branch.update("\n".join(lines))

    def on_session_list_turns_wanted(self, message: SessionList.TurnsWanted) -> None:
        """A session was unfolded."""
        message.stop()
        self.post_message(self.TurnsRequested(message.session_id))

    # Naming

    def action_rename(self) -> None:
        """Edit the title of the session under the cursor, in its place."""
        session = self._saved
        if session is None or (y := self.list.row_number((session.id,))) is None:
            return
        self.list.place_cursor(y)
        self._naming.begin(session.id, self.list.library.title(session))
        self._place_naming()

    def _place_naming(self) -> None:
        """Have the title that is edited lie over the row of its session; where that is out of sight, leave it."""
        if self._naming.session_id is None:
            return
        y = self.list.row_number((self._naming.session_id,))
        if y is None or y not in self.list.visible_rows:
            self._naming.leave()
            return
        corner = self.list.content_region.offset - self.content_region.offset
        self._naming.place(
            corner + Offset(TITLE_COLUMN, y - self.list.scroll_offset.y), self.list.row_width - TITLE_COLUMN
        )

    def on_title_edit_named(self, message: TitleEdit.Named) -> None:
        """A title was given."""
        message.stop()
        self.post_message(self.RenameRequested(message.session_id, message.title))

    def on_title_edit_left(self, message: TitleEdit.Left) -> None:
        """Go on in the list."""
        message.stop()
        self.list.focus()
