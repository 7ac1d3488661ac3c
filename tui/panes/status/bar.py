"""The line at the foot: what is going on, how fast, how much, and the key that matters now.

Takes every figure from a run and a moment it is told; reads no clock and has no timer.
"""

from decimal import Decimal
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from agent.conversation.items import CallStatus, Reasoning, ToolCall
from agent.conversation.run import Run, RunStatus, Step
from agent.figures import clock, duration, plural
from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.rows import Role, Span
from tui.drawing.status import run_state, waited_for
from tui.panes.status.sparkline import Sparkline

__all__ = ["StatusBar"]

_Part = Literal["state", "model", "step", "first", "rate", "spark", "tokens", "split", "context", "cost", "elapsed"]
_ORDER: tuple[_Part, ...] = (
    "state",
    "model",
    "step",
    "first",
    "rate",
    "spark",
    "tokens",
    "split",
    "context",
    "cost",
    "elapsed",
)
_DROPPED: tuple[_Part, ...] = (
    "model",
    "spark",
    "split",
    "first",
    "cost",
    "context",
    "tokens",
    "rate",
    "step",
    "elapsed",
)
"""What goes first where there is no room; the hint goes last, the state stays."""
_JOINED = frozenset({"spark", "split"})
"""Parts that belong to the one before them."""
_ASKER = 32
"""Characters that are told of who asks a question."""
_GAP = 2
_NEARLY_FULL = 0.8
"""The share of a model's window from which the oldest turns may soon be left out."""
_ROLES: tuple[Role, ...] = ("plain", "quiet", "number", "live", "ok", "warning", "error")

_ENDED: dict[RunStatus, str] = {
    RunStatus.ANSWERED: "answered",
    RunStatus.CANCELLED: "cancelled",
    RunStatus.INTERRUPTED: "interrupted",
    RunStatus.ITERATION_LIMIT: "out of steps",
    RunStatus.TRUNCATED: "cut short",
    RunStatus.MODEL_ERROR: "model failed",
    RunStatus.UNAVAILABLE: "not asked",
    RunStatus.INTERNAL_ERROR: "internal error",
}


class StatusBar(Widget):
    """One line, never wrapped: whole parts are left out where there is no room."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"status--{role}" for role in _ROLES} | {"status--mode"}
    DEFAULT_CSS = """
    StatusBar {
        height: 1;
        padding: 0 1;
        color: $foreground;
        .status--plain { color: $foreground; }
        .status--quiet { color: $text-muted; }
        .status--number { color: $text-accent; }
        .status--live { color: $text-accent; text-style: bold; }
        .status--ok { color: $text-success; }
        .status--warning { color: $text-warning; text-style: bold; }
        .status--error { color: $text-error; text-style: bold; }
        .status--mode { color: $background; background: $accent; text-style: bold; }
    }
    """

    def __init__(self, *, glyphs: Glyphs = UNICODE, mode: str = "", id: str | None = None) -> None:
        """`mode` is told before everything else, where what is shown is not what goes on now."""
        super().__init__(id=id)
        self._glyphs = glyphs
        self._mode = f" {mode} " if mode else ""
        self._parts: dict[_Part, Span] = {"state": Span(f"{glyphs.pending} ready", "quiet")}
        """Each part there is something to say about."""
        self._model = ""
        self._answered_by = ""
        """The model of the run that is shown, where it names one."""
        self._hint = ""
        self._notice = ""
        self._trouble = ""
        self._elsewhere = ""
        self._sparkline: Sparkline | None = None
        self.cost: Decimal | None = None
        """What the run cost in US dollars, shown with its next update; None where that is not known."""
        self.session_cost: Decimal | None = None
        """The same of the whole session."""
        self.opened: Run | None = None
        """The run that was the last one when its session was opened: what it came to is no news, and asking is next."""

    @property
    def model(self) -> str:
        """The model's name, shown while there is no run that names its own."""
        return self._model

    @model.setter
    def model(self, model: str) -> None:
        self._model = model
        self._put({**self._parts, "model": Span(flat(self._answered_by or model), "quiet")})

    @property
    def hint(self) -> str:
        """The key that matters now, such as `Esc cancel`."""
        return self._hint

    @hint.setter
    def hint(self, hint: str) -> None:
        if hint != self._hint:
            self._hint = hint
            self.refresh()

    @property
    def notice(self) -> str:
        """A short message in place of the figures; the owner clears it."""
        return self._notice

    @notice.setter
    def notice(self, notice: str) -> None:
        if notice != self._notice:
            self._notice = notice
            self.refresh()

    @property
    def elsewhere(self) -> str:
        """What has to be known of another session, told before all figures until the owner clears it."""
        return self._elsewhere

    @elsewhere.setter
    def elsewhere(self, words: str) -> None:
        if words != self._elsewhere:
            self._elsewhere = words
            self.refresh()

    @property
    def trouble(self) -> str:
        """What is wrong for as long as it is, told before all figures; '' where nothing is."""
        return self._trouble

    @trouble.setter
    def trouble(self, words: str) -> None:
        if words != self._trouble:
            self._trouble = words
            self.refresh()

    def update_run(self, run: Run | None, now_ms: float) -> None:
        """Show this run's figures at a moment in milliseconds; None where there is no run."""
        self._answered_by = run.model or "" if run is not None and run is not self.opened else ""
        if run is None:
            self._sparkline = None
            ready = Span(f"{self._glyphs.pending} ready", "quiet")
            self._put({"state": ready, "model": Span(flat(self._model), "quiet")})
            return
        if self._sparkline is None or self._sparkline.run is not run:
            self._sparkline = Sparkline(run)
        self._sparkline.update()
        parts: dict[_Part, Span] = {"state": self._state(run)}
        parts["model"] = Span(flat(run.model or self._model), "quiet")
        if run.named_steps:
            limit = f"/{run.max_iterations}" if run.max_iterations else ""
            count = len(run.named_steps)
            parts["step"] = Span(f"step {count}{limit}" if run.is_open else plural(count, "step"))
        if run.time_to_first_token is not None:
            parts["first"] = Span(f"first token {run.time_to_first_token / 1000:.2f} s")
        rate = run.tokens_per_second
        if rate is not None and round(rate):  # what comes whole, minutes apart, has none
            pieces = "tok" if run.has_tokens else "piece" if round(rate) == 1 else "pieces"
            parts["rate"] = Span(f"{rate:.0f} {pieces}/s")
            parts["spark"] = Span(self._sparkline.bars(self._glyphs.spark), "number")
        parts |= _token_parts(run)
        parts |= _context_part(run)
        if self.cost is not None:
            whole = self.session_cost
            more = f" of ${whole:.4f}" if whole is not None and whole > self.cost else ""
            parts["cost"] = Span(f"${self.cost:.4f}{more}")
        if run.is_dated:
            elapsed = (now_ms if run.ended is None else run.ended) - run.started
            parts["elapsed"] = Span(clock(elapsed) if run.is_open else duration(elapsed))
        self._put(parts)

    def _put(self, parts: dict[_Part, Span]) -> None:
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def _state(self, run: Run) -> Span:
        if run.is_cut_off:
            return Span(f"{self._glyphs.stopped} cut off", "warning")
        if run.is_waiting:
            return Span(f"{self._glyphs.waiting} waiting for an answer", "warning")
        if run.is_open:
            return self._live_state(run, run.steps[-1] if run.steps else None)
        if run is self.opened:
            return Span(f"{self._glyphs.pending} ready", "quiet")
        sign, troubles = run_state(run, self._glyphs), run.troubles
        if run.status is RunStatus.ANSWERED and troubles:  # its end says nothing of them
            return Span(f"{sign.text} {_ENDED[run.status]}, {', '.join(troubles)}", "warning")
        return Span(f"{sign.text} {_ENDED[run.status].replace('model', run.maker)}", sign.role)

    def _live_state(self, run: Run, step: Step | None) -> Span:
        calls = step.calls if step else []
        asking = [call for call in calls if call.status is CallStatus.ASKING]
        running = [call for call in calls if call.status in (CallStatus.RUNNING, CallStatus.READY)]
        if asking:
            one = asking[0].asker if len(asking) == 1 else None
            who = _named(asking) if one is None else flat(one.who)[:_ASKER]
            return Span(f"{self._glyphs.waiting} {who} asks", "warning")
        if step is not None and any(_is_written(item) for item in step.items):
            reasoning = isinstance(step.items[-1], Reasoning)
            return Span(f"{self._glyphs.live} {'reasoning' if reasoning else 'streaming'}", "live")
        if running:
            return Span(f"{self._glyphs.live} running {_named(running)}", "live")
        return Span(f"{self._glyphs.live} waiting for {waited_for(run)}", "live")

    def render_line(self, y: int) -> Strip:
        """The parts there is room for, the hint at the right edge."""
        mode = self._mode if cell_len(self._mode) < self.size.width else ""
        width = self.size.width - (cell_len(mode) + 1 if mode else 0)
        hint = self._hint
        room = width - (cell_len(hint) + _GAP if hint else 0)
        needed = cell_len(flat(self._notice or self._trouble) or self._parts["state"].text)
        while hint and room < needed:  # the keys that matter most stand first
            hint = hint.rpartition("  ")[0]
            room = width - (cell_len(hint) + _GAP if hint else 0)
        spans = self._fitted(room)
        if self._notice:
            spans = [Span(fit(flat(self._notice), room, self._glyphs.ellipsis))]
        elif self._trouble:
            spans = [Span(fit(f"{self._glyphs.problem} {flat(self._trouble)}", room, self._glyphs.ellipsis), "warning")]
        elif self._elsewhere:
            spans = [
                Span(fit(f"{self._glyphs.waiting} {flat(self._elsewhere)}", room, self._glyphs.ellipsis), "warning")
            ]
        if hint:
            gap = width - sum(cell_len(span.text) for span in spans) - cell_len(hint)
            spans += [Span(" " * gap), Span(hint, "quiet")]
        segments = [Segment(span.text, self.get_component_rich_style(f"status--{span.role}")) for span in spans]
        plain = self.get_component_rich_style("status--plain")
        if mode:
            segments[:0] = [Segment(mode, self.get_component_rich_style("status--mode")), Segment(" ", plain)]
        return Strip(segments).adjust_cell_length(self.size.width, plain)

    def _fitted(self, room: int) -> list[Span]:
        shown = [part for part in _ORDER if part in self._parts and self._parts[part].text]
        for dropped in (None, *_DROPPED):
            shown = [part for part in shown if part != dropped]
            spans: list[Span] = []
            for part in shown:
                if spans:
                    spans.append(Span(" " * (1 if part in _JOINED else _GAP)))
                spans.append(self._parts[part])
            if sum(cell_len(span.text) for span in spans) <= room:
                return spans
        text, role = self._parts["state"]
        return [Span(fit(text, room, self._glyphs.ellipsis), role)]


def _token_parts(run: Run) -> dict[_Part, Span]:
    """How many tokens, and what for."""
    if not run.fragment_count and run.output_tokens is None:
        return {}
    # A run that was cut has no count of its last call.
    exact = run.output_tokens if run.status is RunStatus.ANSWERED else None
    if not run.has_tokens:
        return {"tokens": Span(_pieces(run) if exact is None else _used(run))}
    total = f"~{plural(run.fragment_count, 'token')}" if exact is None else plural(exact, "token")
    counts = {"tool": run.tool_fragments, "answer": run.answer_fragments, "reasoning": run.reasoning_fragments}
    about = "" if exact is None else "~"  # the provider does not say what its tokens were for
    split = ", ".join(f"{about}{count:,} {purpose}" for purpose, count in counts.items() if count)
    return {"tokens": Span(total), "split": Span(f"({split})" if split else "", "quiet")}


def _pieces(run: Run) -> str:
    """How many fragments came, of a sender whose pieces have any length: their count says nothing of tokens."""
    return plural(run.fragment_count, "piece")


def _used(run: Run) -> str:
    """The tokens that a sender has counted."""
    read = [use.input_tokens for use in run.usage if use.input_tokens is not None]
    words = f"{plural(run.output_tokens or 0, 'token')} out"
    return f"{plural(sum(read), 'token')} in, {words}" if read else words


def _context_part(run: Run) -> dict[_Part, Span]:
    """How full the model's window is after the last model call, where both are told."""
    usage = next((step.usage for step in reversed(run.steps) if step.usage), {})
    window, *counts = (usage.get(name) for name in ("contextWindow", "inputTokens", "outputTokens"))
    if not isinstance(window, int) or window <= 0 or not isinstance(counts[0], int):
        return {}
    filled = sum(count for count in counts if isinstance(count, int)) / window
    return {"context": Span(f"context {min(filled, 1):.0%}", "warning" if filled >= _NEARLY_FULL else "plain")}


def _named(calls: list[ToolCall]) -> str:
    return flat(calls[0].name)[:24] if len(calls) == 1 else f"{len(calls)} tools"


def _is_written(item: object) -> bool:
    if isinstance(item, ToolCall):
        return item.status is CallStatus.WRITING
    return getattr(item, "ended", None) is None
