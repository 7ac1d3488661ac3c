"""One run as the message log draws it: a column of parts, each a list of lines.

Owns what belongs to a run's picture and in which order, how much of each message has been read, and where each part
begins. It takes only what is new in the run since the last update. It knows no scrolling, no colours and no terminal.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator

from agent.conversation.items import Interrupt, Item, Message, MessageKind, Notice, Reasoning, ToolCall
from agent.conversation.nesting import reading_order
from agent.conversation.run import Run, Step
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.lines import PLAIN, Line, Look, Role, Span
from tui.drawing.markdown.text import Finished, MarkdownText
from tui.panes.log.run.fragments import FragmentText
from tui.panes.log.run.notes import (
    ENDING,
    aside_title,
    cut_off,
    decided,
    ending,
    header,
    interrupt,
    note,
    question,
    reasoning_title,
    summary,
    waiting,
)
from tui.panes.log.run.part import Body, Part, PartKind

__all__ = ["RunView"]

_QUIET = Look(("quiet",))
_BAR = Look(("quote",))


class RunView:
    """A run's lines, kept up to date."""

    def __init__(
        self, run: Run, width: int, glyphs: Glyphs, unfolded: set[str], *, marks: bool, again: str = ""
    ) -> None:
        self.run = run
        self.parts: list[Part] = []
        self.height = 0
        self.cursor: int | None = None
        """The line at whose end text is being written."""
        self._width = width
        self._glyphs = glyphs
        self._unfolded = unfolded
        self._marks = marks
        self._again = again
        self._items: dict[str, Part] = {}
        self._finished: dict[PartKind, Finished] = defaultdict(dict)
        """What was laid out of the texts of a kind, for the states of them to come."""
        self._asked: tuple[object, ...] = ()
        """What `_question_lines` are made of."""
        self._question_lines: list[Line] = []
        self.update()

    def update(self) -> int:
        """Take what is new in the run; gives the first line that changed."""
        before = [(part.key, part.top) for part in self.parts]
        height, cursor = self.height, self.cursor
        self.parts = [part for part in self._wanted() if part.lines]
        self._place()
        changed = self.height
        for index, part in enumerate(self.parts):
            if index >= len(before) or before[index] != (part.key, part.top):
                changed = part.top
                break
            if part.changed_from < len(part.lines):
                changed = part.first + part.changed_from
                break
        edges = [edge for edge in (cursor, self.cursor) if edge is not None and cursor != self.cursor]
        if height != self.height:  # the empty line at the end is another one
            edges.append(min(height, self.height) - 1)
        return min(changed, *edges, height) if edges else changed

    def rebase(self, run: Run) -> None:
        """Show an earlier or later state of the run; texts that only went on are not read again."""
        self.run = run
        items = {item.id: item for item in run.items if isinstance(item, Message | Reasoning)}
        for key, part in list(self._items.items()):
            if part.item is None:
                continue
            item = items.get(part.item.id)
            if item is not None and _goes_on(part, item):
                part.item = item
            else:
                del self._items[key]
        self.update()

    def has_guesses(self, rows: range) -> bool:
        """Whether any of these lines is only guessed, because it belongs to a long text that nobody looked at."""
        return any(part.has_guesses(rows) for part in self.parts)

    def lay_out(self, rows: range) -> None:
        """Lay out what is only guessed of these lines; those below move by what was guessed wrong."""
        for part in self.parts:
            part.lay_out(rows)
        self._place()

    def line(self, y: int) -> Line | None:
        """The line at `y`; None in a gap."""
        part = self.part_at(y)
        return part.lines[y - part.first] if part is not None and y >= part.first else None

    def part_at(self, y: int) -> Part | None:
        """The part that `y` is in, its gap included."""
        if not 0 <= y < self.height or not self.parts:
            return None
        part = self.parts[bisect_right(self.parts, y, key=lambda part: part.top) - 1]
        return part if y < part.top + part.height else None

    # Parts

    def _wanted(self) -> Iterator[Part]:
        run = self.run
        yield self._fixed("question", "question", self._question())
        yield self._fixed("header", "note", header("Agent", "header-agent"))
        gap = 0
        notices = deque((number, one) for number, one in enumerate(run.notices) if not self._is_its_end(one))
        for count, (step, item) in enumerate(reading_order(run)):
            while notices and notices[0][1].place <= count:
                yield self._notice(*notices.popleft(), gap)
                gap = 1
            for part in self._parts_of(count, step, item, gap):
                yield part
                gap = 1 if part.lines else gap
        for number, notice in notices:
            yield self._notice(number, notice, gap)
            gap = 1
        if run.is_open:
            if run.is_cut_off:
                yield self._fixed(ENDING, "note", cut_off(self._width, self._glyphs), gap=gap)
            elif self._is_quiet() and run.asking is None:  # then the user is waited for
                yield self._fixed("waiting", "note", waiting(self._glyphs), gap=gap)
        else:
            yield self._fixed(ENDING, "note", ending(run, self._width, self._glyphs, self._again), gap=gap)
            yield self._fixed("summary", "note", summary(run, self._width, self._glyphs), gap=gap)

    def _question(self) -> list[Line]:
        """The question's lines, laid out once: it may be a whole file, and is asked for in each frame of its answer."""
        run = self.run
        asked = (run.question, tuple(run.attachments), run.started, run.is_dated)
        if self._asked != asked:
            self._asked, self._question_lines = asked, question(run, self._width, self._glyphs)
        return self._question_lines

    def _parts_of(self, number: int, step: Step, item: Item, gap: int) -> Iterator[Part]:
        """What is drawn of an item; of a call only what the user made of it, the rest is drawn elsewhere."""
        match item:
            case ToolCall(decision=decision) if decision is not None and decision.is_notable:
                yield self._fixed(f"decision {number}", "note", decided(item, self._width, self._glyphs), gap=gap)
            case Reasoning():
                yield from self._reasoning(item, flat(step.title) if step.agent is not None else "", gap)
            case Interrupt():
                about = next((call.name for call in self.run.calls if call.wire_id == item.call_id), "")
                lines = interrupt(item, flat(about), self._width, self._glyphs)
                yield self._fixed(f"interrupt {number}", "note", lines, gap=gap)
            case Message(kind=MessageKind.INNER | MessageKind.SYSTEM):
                who = "System" if item.kind is MessageKind.SYSTEM else item.name or step.title
                yield from self._aside(item, who, gap)
            case Message():
                if item.name or item.kind is MessageKind.USER:
                    role: Role = "header-agent" if item.name else "header-user"
                    yield self._fixed(f"who {item.id}", "note", header(flat(item.name or "You"), role), gap=1)
                    gap = 0
                yield self._text(item, "text", gap)

    def _is_its_end(self, notice: Notice) -> bool:
        """Whether the run's end says the same: it was tried again, in vain."""
        return not self.run.is_open and bool(notice.text) and notice.text in (self.run.error or "")

    def _notice(self, number: int, notice: Notice, gap: int) -> Part:
        lines = note(notice.text, self._width, self._glyphs, is_failure=notice.is_failure)
        return self._fixed(f"notice {number}", "note", lines, gap=gap)

    def _is_quiet(self) -> bool:
        """Whether nothing is being written right now."""
        items = [item for step in self.run.steps[-1:] for item in step.items]
        last = items[-1] if items else None
        return not isinstance(last, Message | Reasoning) or last.ended is not None or not len(last.fragments)

    def _fixed(self, key: str, kind: PartKind, lines: list[Line], *, gap: int = 1) -> Part:
        part = self._items.get(key)
        if part is None:
            part = self._items[key] = Part(key, kind, [], gap)
        part.take(lines, len(lines) if part.lines == lines else 0)
        part.gap = gap
        return part

    def _reasoning(self, item: Reasoning, who: str, gap: int) -> Iterator[Part]:
        """A reasoning is one line until it is unfolded."""
        unfolded = item.id in self._unfolded
        title = reasoning_title(item, who, self._glyphs, unfolded=unfolded, is_dated=self.run.is_dated)
        yield from self._folding(item, title, gap, unfolded=unfolded)

    def _aside(self, item: Message, who: str, gap: int) -> Iterator[Part]:
        """A text that is not the agent's is one line until it is unfolded."""
        unfolded = item.id in self._unfolded
        title = aside_title(item, flat(who) or "Another agent", self._glyphs, self._width, unfolded=unfolded)
        yield from self._folding(item, title, gap, unfolded=unfolded)

    def _folding(self, item: Message | Reasoning, title: Line, gap: int, *, unfolded: bool) -> Iterator[Part]:
        head = self._fixed(item.id, "reasoning", [title], gap=gap)
        head.item = item
        yield head
        if unfolded:
            yield self._text(item, "thought", 0)

    def _text(self, item: Message | Reasoning, kind: PartKind, gap: int) -> Part:
        """Take the item's new fragments."""
        key = f"{kind} {item.id}"
        part = self._items.get(key)
        if part is None:
            part = self._items[key] = Part(key, kind, [], gap, item, self._new_body(kind))
        part.gap = gap
        ended, fragments = item.ended is not None, item.fragments
        body = part.body
        if body is None or (part.read == len(fragments) and part.done == ended):
            part.changed_from = len(part.lines)
            return part
        new = fragments.pieces[part.read :]
        for piece in new if self._marks else ["".join(new)]:
            body.append(piece)
        part.read, part.done = len(fragments), ended
        if ended:
            body.finish()
        body.refresh()
        part.take(body.lines, body.changed_from)
        return part

    def _new_body(self, kind: PartKind) -> Body:
        margin, look = ((Span(f"{self._glyphs.bar} ", _BAR),), _QUIET) if kind == "thought" else ((), PLAIN)
        if self._marks:
            return FragmentText(self._width, margin, look)
        return MarkdownText(self._width, self._glyphs, margin, look, self._finished[kind])

    def _place(self) -> None:
        top = 0
        for part in self.parts:
            part.top = top
            top += part.height
        self.height = top + 1
        last = self.parts[-1]
        writing = last.item is not None and last.item.ended is None and self.run.is_open and last.kind == "text"
        self.cursor = last.top + last.height - 1 if writing else None


def _goes_on(part: Part, item: Message | Reasoning) -> bool:
    """Whether the item begins with all that the part has read of its own."""
    if part.item is None or (part.done and item.ended is None):
        return False
    return item.fragments.pieces[: part.read] == part.item.fragments.pieces[: part.read]
