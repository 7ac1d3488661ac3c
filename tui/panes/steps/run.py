"""The rows of one run, its steps and their calls, kept from picture to picture: only what changed is made anew.

Owns what the smart policy folds. Knows runs, steps and calls; no widget.
"""

from agent.conversation.items import CallStatus, Message, MessageKind, Reasoning, Run, RunStatus, Step, ToolCall
from agent.figures import duration
from tui.drawing.calls.argument_rows import text_rows
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
_STEP_INDENT, _CALL_INDENT = 2, 4


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
        self._by_policy: dict[Key, bool] = {}
        """What the policy folded and left open at last."""

    def refresh(self, view: View, *, is_last: bool) -> None:
        """Make the rows anew where something changed. `is_last`: no run of the session is newer."""
        run, key = self.run, (self.run.id,)
        self.is_animated = self.is_late = False
        self._positions = None
        policy = view.folds.by_run.get(run.id, view.folds.policy)
        folded = self._is_folded(key, policy != "none" and not is_last and not run.is_open, view)
        rows = [self._keep(_run_head(run, key, folded, view.glyphs))]
        if folded:
            self._calls.clear()
        else:
            count = 0
            for step in run.steps:
                count += len(step.calls)
                is_past = count > _FEW_CALLS and step is not run.steps[-1] and not _failures(step)
                rows += self._step_rows(step, policy == "all" or (policy == "smart" and is_past), policy, view)
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

    def _step_rows(self, step: Step, folded: bool, policy: FoldPolicy, view: View) -> list[Row]:
        key: Key = (self.run.id, step.number)
        folded = self._is_folded(key, folded, view)
        rows = [self._keep(_step_head(step, key, folded, self.run.is_open, view))]
        if folded:
            return rows
        count = 0
        for item in step.items:
            item_key = (*key, item.id)
            if isinstance(item, ToolCall):
                count += 1
                rows += self._call_rows(
                    item, item_key, policy == "all" or (policy == "smart" and count > _FEW_CALLS), view
                )
            elif isinstance(item, Reasoning) or item.call_id is None:
                rows.append(self._keep(_text_head(item, item_key, view.glyphs)))
        return rows

    def _call_rows(self, call: ToolCall, key: Key, fold_done: bool, view: View) -> list[Row]:
        folded = self._is_folded(key, fold_done and call.status is CallStatus.DONE, view)
        picture = self._calls.get(key)
        if picture is None:
            picture = self._calls[key] = CallPicture()
        picture.refresh(call, key, folded, _CALL_INDENT, view)
        self.is_animated = self.is_animated or call.status is CallStatus.RUNNING
        self.is_late = self.is_late or picture.is_late
        return picture.rows

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
    right = "" if run.ended is None else duration(run.ended - run.started)
    since = run.started if run.ended is None else None
    return Row(key, tuple(spans), 0, folded, run_state(run, glyphs), right, since)


def _step_head(step: Step, key: Key, folded: bool, is_live: bool, view: View) -> Row:
    name = flat(step.title)
    # What a folded step did is to be seen beside a name of any length.
    spans = [Span(fit(name, view.width // 2, view.glyphs.ellipsis) if folded else name)]
    if not step.items:
        spans.append(Span("  waiting for the model" if is_live and step.ended is None else "  nothing said", "quiet"))
    elif folded:
        spans.append(Span("  "))
        spans += _summary(step)
    right = "" if step.ended is None else duration(step.ended - step.started)
    since = step.started if step.ended is None else None
    return Row(key, tuple(spans), _STEP_INDENT, folded if step.items else None, None, right, since)


_WORDS: dict[CallStatus, str] = {
    CallStatus.DONE: "ran {}",
    CallStatus.FAILED: "{} failed",
    CallStatus.RUNNING: "running {}",
    CallStatus.ASKING: "asking for {}",
    CallStatus.READY: "{} ready",
    CallStatus.WRITING: "writing {}",
    CallStatus.CUT: "{} cut",
    CallStatus.STOPPED: "{} stopped",
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


def _text_head(item: Message | Reasoning, key: Key, glyphs: Glyphs) -> Row:
    word = "reasoning"
    if isinstance(item, Message):
        word = "answer" if item.kind is MessageKind.ANSWER else "text"
    if item.ended is None:
        return Row(key, (Span(word, "quiet"),), _CALL_INDENT, None, Span(glyphs.live, "live"))
    return Row(key, (Span(word, "quiet"),), _CALL_INDENT, right=duration(item.ended - item.started))


def _ending(run: Run, key: Key, view: View) -> list[Row]:
    """Why a run ended without an answer."""
    if run.error is None:
        return []
    role: Role = "warning" if run.status is RunStatus.CANCELLED else "error"
    rows = text_rows(run.error, (*key, NOTE), indent=2, width=view.width, role=role, glyphs=view.glyphs)
    sign = run_state(run, view.glyphs)
    for number, row in enumerate(rows):
        row.indent = 0
        row.spans = (Span("  ") if number else Span(f"{sign.text} ", sign.role), *row.spans)
    return rows


def _failures(step: Step) -> int:
    return sum(call.status is CallStatus.FAILED for call in step.calls)
