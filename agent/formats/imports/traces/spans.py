"""A tree of spans, told by their moments: model calls, the tools they asked for, the agents that tools are.

Knows no observer's format; `otlp` and `langsmith` make the spans. Spans come in any order, so all are needed first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from agent.events.types import RunErrorCode, TokenUsage
from agent.formats.imports.telling import Telling
from agent.formats.imports.traces.dialogue import Dialogue
from agent.formats.imports.traces.messages import Said
from agent.formats.imports.values import json_text

__all__ = ["Kind", "Span", "tell_spans"]


class Kind(Enum):
    """What a span is of."""

    MODEL = auto()
    TOOL = auto()
    AGENT = auto()
    OTHER = auto()


@dataclass(slots=True, kw_only=True)
class Span:
    """One span. Moments are milliseconds since the epoch."""

    id: str
    parent: str = ""
    thread: str = ""
    """The conversation it belongs to; empty where it does not say."""
    kind: Kind = Kind.OTHER
    name: str = ""
    began: int | None = None
    ended: int | None = None
    given: list[Said] = field(default_factory=list)
    """What a model or an agent was given."""
    gave: list[Said] = field(default_factory=list)
    """What it answered."""
    tokens: list[tuple[int | None, str]] = field(default_factory=list)
    """The fragments of a model's text with their moments, where they were noted."""
    model: str = ""
    usage: TokenUsage | None = None
    cost: float | None = None
    """In US dollars."""
    call: str = ""
    """The id of the call that a tool ran for; empty where it does not say."""
    arguments: object = None
    result: str = ""
    error: str = ""


def tell_spans(telling: Telling, spans: list[Span]) -> None:
    """Tell all spans: one conversation after the other, each by its moments."""
    threads: dict[str, list[Span]] = {}
    of = {span.id: span for span in spans}
    for span in sorted(spans, key=lambda span: (span.began is None, span.began or 0)):
        threads.setdefault(_thread(span, of), []).append(span)
    for thread, own in threads.items():
        telling.conclude()
        telling.thread_id = thread or telling.thread_id
        _Thread(telling, of).tell(own)


def _lineage(span: Span, of: dict[str, Span]) -> list[Span]:
    """A span's ancestors, the nearest first."""
    found: list[Span] = []
    seen = {span.id}
    while (parent := of.get(span.parent)) is not None and parent.id not in seen:
        seen.add(parent.id)
        found.append(parent)
        span = parent
    return found


def _thread(span: Span, of: dict[str, Span]) -> str:
    return next((each.thread for each in [span, *_lineage(span, of)] if each.thread), "")


class _Thread:
    """One conversation."""

    def __init__(self, telling: Telling, of: dict[str, Span]) -> None:
        self._telling = telling
        self._of = of
        self._dialogue = Dialogue(telling)
        self._calls: dict[str, str] = {}
        """The call that each tool span ran for."""
        self._asked: list[tuple[str, str, str]] = []
        """The calls that no tool span has taken: id, name and arguments."""

    def tell(self, spans: list[Span]) -> None:
        steps: list[tuple[tuple[int, int], Callable[[], None]]] = []
        is_timed = all(span.began is not None for span in spans)
        for number, span in enumerate(spans):
            begin, end = self._actions(span)
            began = (span.began or 0) if is_timed else number
            ended = max(began, (span.ended if span.ended is not None else began)) if is_timed else number
            # At one moment what began before ends first, then others begin, then what takes no time ends.
            steps.append(((began, 1), begin))
            steps.append(((ended, 0 if ended > began else 2), end))
        for _, action in sorted(steps, key=lambda step: step[0]):
            action()

    def _actions(self, span: Span) -> tuple[Callable[[], None], Callable[[], None]]:
        match span.kind:
            case Kind.MODEL if not (parent := self._of.get(span.parent)) or parent.kind is not Kind.MODEL:
                return lambda: self._ask(span), lambda: self._answer(span)
            case Kind.TOOL:
                return lambda: self._start(span), lambda: self._finish(span)
            case Kind.AGENT:
                return lambda: self._begin(span), lambda: self._end(span)
            case Kind.MODEL | Kind.OTHER:  # a model call inside another is an attempt at it
                return lambda: None, lambda: self._end(span)

    def _agent(self, span: Span) -> str | None:
        """The sub-agent that a span works for: the nearest tool or nested agent above it."""
        above = [each for each in _lineage(span, self._of) if each.kind in (Kind.TOOL, Kind.AGENT)]
        if above and above[0].kind is Kind.AGENT and len(above) == 1:
            return None  # the outermost agent is the session's own
        if not above:
            return None
        agent = above[0]
        tool = next((each for each in above if each.kind is Kind.TOOL), None)
        self._telling.begin_agent(agent.id, agent.name, span.began, call=self._calls.get(tool.id, "") if tool else "")
        return agent.id

    def _begin(self, span: Span) -> None:
        if self._agent(span) is None and not _is_nested(span, self._of) and span.given:
            self._dialogue.ask(span.given, span.began)

    def _end(self, span: Span) -> None:
        if span.error and span.parent not in self._of:
            self._telling.ensure_run(span.ended)
            self._telling.fail(span.error, RunErrorCode.MODEL_ERROR, span.ended)

    def _ask(self, span: Span) -> None:
        agent = self._agent(span)
        self._telling.model = self._telling.model or span.model
        self._dialogue.ask(span.given, span.began, agent)
        if span.tokens:  # told as they came, from the beginning on
            self._telling.step(span.began, agent)
            text = self._telling.begin_text(span.tokens[0][0], agent=agent)
            for at, token in span.tokens:
                self._telling.add_text(text, token, at, agent=agent)
            self._telling.end_text(text, span.tokens[-1][0], agent=agent)

    def _answer(self, span: Span) -> None:
        agent, gave = self._agent(span), span.gave
        self._telling.pay(span.cost)
        if span.tokens:
            self._dialogue.use(span.usage, agent)
            for said in gave:
                self._dialogue.say(said, span.ended, agent, without_text=True)
        else:
            self._dialogue.answer(gave, span.began, span.ended, usage=span.usage, agent=agent)
        for said in gave:
            self._asked += [(call.id, call.name, json_text(call.arguments)) for call in said.calls]
        if span.error:
            self._telling.activity("ERROR", {"message": span.error}, span.ended)
            self._telling.expect_failure(span.error)

    def _start(self, span: Span) -> None:
        self._calls[span.id] = call = span.call or self._call_of(span)
        if not self._telling.is_waiting(call):
            agent = self._agent(span)
            arguments = {} if span.arguments is None else span.arguments
            self._telling.call(call, span.name, arguments, span.began, agent=agent)
        self._telling.start_tool(call, span.began)

    def _call_of(self, span: Span) -> str:
        """The call that a tool span without an id ran for: one of its name, with its arguments if there are several."""
        named = [asked for asked in self._asked if asked[1] == span.name and self._telling.is_waiting(asked[0])]
        written = json_text({} if span.arguments is None else span.arguments)
        found = next((asked for asked in named if asked[2] == written), named[0] if named else None)
        if found is None:
            return span.id
        self._asked.remove(found)
        return found[0]

    def _finish(self, span: Span) -> None:
        duration = None if span.began is None or span.ended is None else span.ended - span.began
        self._telling.result(
            self._calls.get(span.id, span.call),
            span.error or span.result,
            span.ended,
            is_error=bool(span.error),
            duration=duration,
            agent=self._agent(span),
        )


def _is_nested(span: Span, of: dict[str, Span]) -> bool:
    return any(each.kind in (Kind.TOOL, Kind.AGENT) for each in _lineage(span, of))
