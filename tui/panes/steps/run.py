"""The rows of one run, its steps and their calls, kept from picture to picture: only what changed is made anew.

Owns what the smart policy folds. Knows runs, steps and calls; no widget.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from agent.conversation.items import CallStatus, Interrupt, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.nesting import Nesting
from agent.conversation.run import Run, RunStatus, Step
from agent.figures import duration
from agent.recordings.timing import waited
from tui.drawing.calls.argument_rows import argument_rows, text_rows
from tui.drawing.calls.arguments import Parsed
from tui.drawing.calls.rows import NOTE
from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Key, Role, Row, Span
from tui.drawing.status import run_state
from tui.panes.steps.call import CallPicture, View
from tui.panes.steps.folds import FoldPolicy

__all__ = ["RunRows"]

_FEW_CALLS = 4
"""So many calls of the newest run, and of one step, stay open when they are done; those after them are folded."""
_WORTH_TELLING = 1_000.0
"""Milliseconds that the user was waited for, from which a duration says how much of it that was."""
_STEP_INDENT = 2
_DEEPEST = 12
"""Cells that steps inside each other are moved to the right at most."""
_BESIDE, _ORIGIN, _ALONGSIDE = -7, -8, -9
"""In the keys of rows that belong to no step."""


class RunRows:
    """The picture of one run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.rows: list[Row] = []
        self.is_animated = False
        """Whether a call is shown that runs."""
        self.is_late = False
        """Whether arguments wait to be parsed."""
        self._calls: dict[Key, CallPicture] = {}
        self._kept: dict[Key, Row] = {}
        self._positions: dict[Key, int] | None = None
        self._alongside: dict[int, Step] = {}
        """Of a sub-agent, by its step's number, one that was at work at the same time."""
        self._count = 0
        """Calls of the steps that have rows already."""
        self._by_policy: dict[Key, bool] = {}
        """What the policy folded and left open at last."""

    def refresh(self, view: View, *, is_last: bool) -> None:
        """Make the rows anew where something changed. `is_last`: no run of the session is newer."""
        run, key = self.run, (self.run.id,)
        self.is_animated = self.is_late = False
        self._positions = None
        policy = view.folds.by_run.get(run.id, view.folds.policy)
        folded = self._is_folded(key, policy != "none" and not is_last and not run.is_open, view)
        rows = [self._keep(_run_head(run, key, folded, view.glyphs)), *([] if folded else _origin(run, key, view))]
        if folded:
            self._calls.clear()
        else:
            nesting = Nesting(run)
            self._alongside = nesting.alongside()
            self._count = 0
            for step in nesting.outermost:
                rows += self._step_rows(step, nesting, _STEP_INDENT, policy, view)
            rows += self._beside(key, policy, view)
            rows += _ending(run, key, view)
        self.rows = rows

    def position(self, key: Key) -> int | None:
        """Where the first row of a node is; None where it is folded away."""
        if self._positions is None:
            self._positions = {row.key: number for number, row in reversed(list(enumerate(self.rows)))}
        return self._positions.get(key)

    def call(self, key: Key) -> ToolCall | None:
        """The call that a row with this key belongs to."""
        if len(key) < 3 or not isinstance(key[1], int) or not 0 < key[1] <= len(self.run.steps):
            return None
        return next((call for call in self.run.steps[key[1] - 1].calls if call.id == key[2]), None)

    def _step_rows(self, step: Step, nesting: Nesting, indent: int, policy: FoldPolicy, view: View) -> list[Row]:
        """A step and what is in it; of one that the stream does not tell of only that."""
        run, key = self.run, (self.run.id, step.number)
        self._count += len(step.calls)
        rows: list[Row] = []
        if step.is_named:
            is_past = self._count > _FEW_CALLS and step is not run.steps[-1] and not _failures(step)
            parts = [*nesting.parts_of(step)]
            folded = self._is_folded(key, policy == "all" or (policy == "smart" and is_past), view)
            head = _step_head(step, key, indent, folded, run, view, is_empty=not parts)
            rows.append(self._keep(head))
            if folded:
                return rows
            indent += 2
            rows += self._alongside_rows(step, key, indent, view)
        count = 0
        for part in nesting.parts_of(step):
            match part:
                case Step():
                    rows += self._step_rows(part, nesting, min(indent, _DEEPEST), policy, view)
                case ToolCall():
                    count += 1
                    fold_done = policy == "all" or (policy == "smart" and count > _FEW_CALLS)
                    agents = nesting.asked_by(part)
                    rows += self._call_rows(part, (*key, part.id), indent, fold_done, view, agents)
                    for agent in agents:
                        rows += self._step_rows(agent, nesting, min(indent + 2, _DEEPEST), policy, view)
                case Interrupt():
                    rows += _interrupt_rows(part, (*key, NOTE), indent, view)
                case Reasoning() | Message():
                    if isinstance(part, Reasoning) or part.call_id is None:
                        rows.append(self._keep(_text_head(part, (*key, part.id), indent, run, view.glyphs)))
        return rows

    def _alongside_rows(self, step: Step, key: Key, indent: int, view: View) -> list[Row]:
        """Beside whom a sub-agent was at work, where that is known."""
        other = self._alongside.get(step.number)
        if other is None:
            return []
        words = fit(f"alongside {flat(other.title)}", max(1, view.width - indent), view.glyphs.ellipsis)
        return [self._keep(Row((*key, _ALONGSIDE), (Span(words, "quiet"),), indent))]

    def _call_rows(
        self, call: ToolCall, key: Key, indent: int, fold_done: bool, view: View, agents: list[Step]
    ) -> list[Row]:
        folded = self._is_folded(key, fold_done and call.status is CallStatus.DONE, view)
        picture = self._calls.get(key)
        if picture is None:
            picture = self._calls[key] = CallPicture()
        if self.run.is_cut_off and self.run.is_open and call.is_open:
            # Nothing more comes of it, though no end of the run says so.
            is_cut = call.status is CallStatus.WRITING
            call = replace(call, status=CallStatus.CUT if is_cut else CallStatus.UNTOLD)
        has_failed_agent = any(agent.error is not None for agent in agents)
        picture.refresh(call, key, folded, indent, view, has_failed_agent=has_failed_agent)
        self.is_animated = self.is_animated or call.status is CallStatus.RUNNING
        self.is_late = self.is_late or picture.is_late
        return picture.rows

    def _beside(self, key: Key, policy: FoldPolicy, view: View) -> list[Row]:
        """What goes on beside the messages: activities, and the state that agent and application share."""
        run = self.run
        sections = [(activity.type, activity.content, activity.problem) for activity in run.activities]
        problem = "\n".join(run.state_problems) or None
        if run.state is not UNSET and (run.state not in (None, {}, []) or problem):
            sections.append(("state", run.state, problem))
        rows: list[Row] = []
        for number, (name, value, wrong) in enumerate(sections):
            own: Key = (*key, _BESIDE, number)
            folded = self._is_folded(own, policy == "all", view)
            rows.append(self._keep(Row(own, (Span(flat(name), "quiet"),), _STEP_INDENT, folded)))
            if not folded:
                rows += _value_rows(value, own, view)
            if wrong is not None:
                words = f"a change did not apply: {wrong}"
                rows += text_rows(
                    words, (*own, NOTE), indent=_STEP_INDENT + 2, width=view.width, role="warning", glyphs=view.glyphs
                )
        return rows

    def _is_folded(self, key: Key, by_policy: bool, view: View) -> bool:
        if view.hold and by_policy:
            by_policy = self._by_policy.get(key, by_policy)
        self._by_policy[key] = by_policy
        return view.folds.is_folded(key, by_policy)

    def _keep(self, row: Row) -> Row:
        """The row that was there before, with what was painted, where it looks the same."""
        old = self._kept.get(row.key)
        if old == row:
            return old
        self._kept[row.key] = row
        return row


def _run_head(run: Run, key: Key, folded: bool, glyphs: Glyphs) -> Row:
    spans = [Span(flat(run.question) or "(no question)", "plain" if folded else "strong")]
    failures = sum(_failures(step) for step in run.steps) if folded else 0
    if failures:
        spans.insert(0, Span(f"{glyphs.failed}{failures} ", "error"))
    right = "" if run.elapsed is None else _lasted(run.elapsed, run.steps)
    since = run.started if run.ended is None and run.is_dated else None
    return Row(key, tuple(spans), 0, folded, run_state(run, glyphs), right, since)


def _lasted(elapsed: float, steps: Sequence[Step]) -> str:
    """How long it took, and how much of that the user was waited for, where that is worth telling."""
    yours = waited(steps)
    return f"{duration(elapsed)} (you {duration(yours)})" if yours >= _WORTH_TELLING else duration(elapsed)


def _origin(run: Run, key: Key, view: View) -> list[Row]:
    """What the question holds beside its words, and which run this one branches from."""
    words = [f"with {flat(name)}" for name in run.attachments]
    if run.lineage is not None and run.lineage.branch != "retry":
        words.append(flat(run.lineage.words))
    elif run.parent_run and run.retry_of is None:
        words.append(f"branches from {flat(run.parent_run)}")
    rows: list[Row] = []
    for text in words:
        rows += text_rows(
            text, (*key, _ORIGIN), indent=_STEP_INDENT, width=view.width, role="quiet", glyphs=view.glyphs
        )
    return rows


def _step_head(step: Step, key: Key, indent: int, folded: bool, run: Run, view: View, *, is_empty: bool) -> Row:
    name = flat(step.title)
    # What a folded step did is to be seen beside a name of any length.
    spans = [Span(fit(name, view.width // 2, view.glyphs.ellipsis) if folded else name)]
    is_live = run.is_open and step.ended is None
    if is_empty:
        spans.append(Span(f"  waiting for the {run.maker}" if is_live else "  nothing said", "quiet"))
    elif folded:
        spans.append(Span("  "))
        spans += _summary(step)
    right = "" if step.ended is None or not run.is_dated else _lasted(step.ended - step.started, [step])
    since = step.started if step.ended is None and run.is_dated else None
    sign = None if step.error is None else Span(view.glyphs.failed, "error")
    return Row(key, tuple(spans), indent, None if is_empty else folded, sign, right, since)


def _interrupt_rows(one: Interrupt, key: Key, indent: int, view: View) -> list[Row]:
    """What was asked of the world outside, and what came of it."""
    sign = view.glyphs.waiting if one.ended is None else view.glyphs.pending
    asked = one.asks or ("asks for an answer" if one.ended is None else "asked for an answer")
    rows = _marked(Span(f"{sign} ", "warning"), asked, key, indent, view)
    if one.is_cancelled:
        rows += _marked(Span(f"{view.glyphs.result} ", "quiet"), "no answer was given", key, indent, view)
    elif one.answer:
        rows += _marked(Span(f"{view.glyphs.result} ", "quiet"), one.answer, key, indent, view)
    elif one.ended is None:
        words = f"waits for an answer: {one.wants}" if one.wants else "waits for an answer"
        rows += _marked(Span("  ", "quiet"), words, key, indent, view)
    return rows


def _marked(sign: Span, text: str, key: Key, indent: int, view: View) -> list[Row]:
    """Lines of text, the first one with a sign."""
    rows = text_rows(text, key, indent=indent + 2, width=view.width, role="plain", glyphs=view.glyphs)
    for number, row in enumerate(rows):
        row.indent = indent
        row.spans = (Span("  ") if number else sign, *row.spans)
    return rows


_WORDS: dict[CallStatus, str] = {
    CallStatus.DONE: "ran {}",
    CallStatus.FAILED: "{} failed",
    CallStatus.RUNNING: "running {}",
    CallStatus.ASKING: "asking for {}",
    CallStatus.READY: "{} ready",
    CallStatus.WRITING: "writing {}",
    CallStatus.CUT: "{} cut",
    CallStatus.STOPPED: "{} stopped",
    CallStatus.WAITING: "{} waiting",
    CallStatus.UNTOLD: "{} without a result",
}


def _summary(step: Step) -> list[Span]:
    """What a step did, in a few words: `Ran 2, running 1`."""
    counts = dict.fromkeys(_WORDS, 0)
    for call in step.calls:
        counts[call.status] += 1
    spans: list[Span] = []
    for status, words in _WORDS.items():
        if counts[status]:
            text = words.format(counts[status])
            text = f", {text}" if spans else text[0].upper() + text[1:]
            spans.append(Span(text, "error" if status is CallStatus.FAILED else "quiet"))
    return spans or [Span("Answered" if any(isinstance(item, Message) for item in step.items) else "Thought", "quiet")]


def _value_rows(value: Any, key: Key, view: View) -> list[Row]:
    """JSON as a call's arguments are shown."""
    return argument_rows(
        Parsed(value=value),
        key,
        indent=_STEP_INDENT + 2,
        width=view.width,
        is_folded=view.folds.is_folded,
        cursor=Span(""),
        glyphs=view.glyphs,
    )


_TEXTS: dict[MessageKind, str] = {
    MessageKind.ANSWER: "answer",
    MessageKind.PREAMBLE: "text",
    MessageKind.INNER: "text",
    MessageKind.USER: "you",
    MessageKind.SYSTEM: "system",
    MessageKind.LATE: "text after the end",
}


def _text_head(item: Message | Reasoning, key: Key, indent: int, run: Run, glyphs: Glyphs) -> Row:
    word = "reasoning" if isinstance(item, Reasoning) else _TEXTS[item.kind]
    if isinstance(item, Message) and item.name:
        word = f"{word} of {flat(item.name)}"
    if item.is_encrypted:
        word += ", part of it encrypted"
    if item.ended is None:
        return Row(key, (Span(word, "quiet"),), indent, None, Span(glyphs.live, "live"))
    right = "" if item.lasted is None or not run.is_dated else duration(item.lasted)
    return Row(key, (Span(word, "quiet"),), indent, right=right)


def _ending(run: Run, key: Key, view: View) -> list[Row]:
    """Why a run ended without an answer, in one line, for the log tells it whole; what it waits for stands where it
    was asked."""
    if run.error is None or run.is_waiting:
        return []
    role: Role = "warning" if run.status is RunStatus.CANCELLED else "error"
    words = run.error if not run.code else f"{run.error} ({flat(run.code)})".strip()
    sign = run_state(run, view.glyphs)
    told = fit(flat(words), max(1, view.width - 4), view.glyphs.ellipsis)
    return [Row((*key, NOTE), (Span(f"{sign.text} ", sign.role), Span(told, role)))]


def _failures(step: Step) -> int:
    return sum(call.status is CallStatus.FAILED for call in step.calls)
