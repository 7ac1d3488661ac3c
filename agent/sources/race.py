"""One question to several models or agents at once: a session for each, and what their tools ask asked once for all.

A race owns its racers, one run each, and the questions of their tools. Racers know nothing of each other: one that
fails, stalls or waits for an answer holds up nobody. Whoever takes the events of a racer folds them into the
conversation of its session. It knows no screen.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from agent.conversation.decisions import Decision
from agent.conversation.items import CallStatus, ToolCall
from agent.conversation.lineage import Lineage
from agent.conversation.run import Run
from agent.errors import UsageError
from agent.events.types import APPROVAL, Custom, Event
from agent.runs.run import Run as LiveRun
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session

__all__ = ["MOST_RACERS", "Race", "Racer", "racing_models"]

MOST_RACERS = 4
_Asked = tuple[str, str]
"""A tool and its arguments, whoever calls it."""


def racing_models(text: str) -> list[str]:
    """The models of a list such as `openai:a,openai:b`; a model may run against itself.

    Raises:
        UsageError: they are fewer than two, or more than `MOST_RACERS`.
    """
    models = [name for name in (part.strip() for part in text.split(",")) if name]
    if not 2 <= len(models) <= MOST_RACERS:
        raise UsageError(f"a race is between 2 and {MOST_RACERS} models, with commas between; these are {len(models)}")
    return models


@dataclass(eq=False)
class Racer:
    """One model in a race, with the session that its turn is recorded in."""

    name: str
    """The model, or the agent; with a number behind it where it runs more than once."""
    model: str
    """As the settings say it."""
    session: Session
    engine: Engine
    past: int = 0
    """Turns that its session had before."""
    run: LiveRun | None = field(default=None, init=False)
    """While its turn goes on."""
    is_cancelled: bool = field(default=False, init=False)
    """Whether its turn is to end, or has been ended, before it is over."""

    @property
    def turn(self) -> Run | None:
        """What the race has brought of it so far; None before it has begun."""
        runs = self.session.conversation.runs
        return runs[-1] if len(runs) > self.past else None


class Race:
    """Racers, and what their tools ask. All of it happens on one loop."""

    def __init__(self, question: str, racers: Sequence[Racer]) -> None:
        self.question = question
        self.racers = list(racers)
        self.listeners: list[Callable[[], None]] = []
        """Called when another call is asked about, or none any more."""
        self._waiting: dict[_Asked, list[tuple[Racer, ToolCall]]] = {}
        """Calls that wait for an answer, those that are alike together."""
        self._answers: dict[_Asked, tuple[Decision, set[Racer]]] = {}
        """What was decided about a call, and who has been told so."""
        self._allowed: dict[str, Decision] = {}
        """Tools that may run for the rest of the race."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        question: str,
        models: Sequence[str],
        *,
        parent: Session | None = None,
        save: bool = True,
    ) -> "Race":
        """A race of these models after the turns of `parent`, each in a session of its own. Blocks: it copies the past.

        Without a past, the others are told as siblings of the first.

        Raises:
            TranscriptError: the past cannot be copied.
        """
        sessions = Sessions(settings.data_dir) if save else None
        has_past = parent is not None and parent.path is not None and bool(parent.conversation.runs)
        racers: list[Racer] = []
        for place, model in enumerate(models):
            patch = (f"model={model}",)
            if has_past and parent is not None and sessions is not None:
                session = parent.fork(sessions)
                if session.parent is not None:
                    session.parent = replace(session.parent, branch="race", patch=patch)
            else:
                session = Session.new(sessions)
                if racers:
                    first = racers[0].session.id if save else None
                    session.parent = Lineage(branch="race", session=first, run=None, moment="event:0", patch=patch)
            same = models[:place].count(model)
            engine = Engine(replace(settings, model=model))
            name = f"{model} ({same + 1})" if same else model
            racers.append(Racer(name, model, session, engine, past=len(session.conversation.runs)))
        return cls(question, racers)

    # What goes on

    async def events(self, racer: Racer) -> AsyncIterator[Event]:
        """The turn of one racer, recorded before it is given out, as `Session.record` says.

        It begins when all that it needs is loaded, so that times can be compared.
        """
        with suppress(UsageError):  # the turn tells it
            await racer.engine.load()
        lineage = racer.session.take_lineage(None)
        try:
            async with racer.engine.start(self.question, racer.session.conversation, lineage=lineage) as run:
                racer.run = run
                if racer.is_cancelled:
                    run.cancel()
                async for event in racer.session.record(run):
                    yield event
                    if isinstance(event, Custom) and event.name == APPROVAL:
                        self._look(racer)
        finally:
            racer.run = None
            self._look(racer)

    def cancel(self, racer: Racer) -> None:
        """End the turn of one racer, also one that has not begun; what it said is kept."""
        racer.is_cancelled = True
        if racer.run is not None:
            racer.run.cancel()

    def cancel_all(self) -> None:
        """End every turn that goes on."""
        for racer in self.racers:
            self.cancel(racer)

    def close(self) -> None:
        """Let the sessions' files go."""
        for racer in self.racers:
            racer.session.close()

    # What tools ask

    @property
    def asking(self) -> ToolCall | None:
        """The call that is asked about now: the first of those that wait."""
        return next((waiting[0][1] for waiting in self._waiting.values()), None)

    @property
    def asked_schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments, or of the answer where it is a question; empty where nothing is told."""
        # Of the one whose call it is: others call theirs by ids of their own.
        waiting = next(iter(self._waiting.values()), [])
        return waiting[0][0].engine.schema(waiting[0][1].name, waiting[0][1].id) if waiting else {}

    @property
    def askers(self) -> list[Racer]:
        """Whose call that is, in their order: all that wait with the same tool and the same arguments."""
        waiting = [racer for racer, _call in next(iter(self._waiting.values()), [])]
        return [racer for racer in self.racers if racer in waiting]

    def decide(self, decision: Decision) -> None:
        """Answer what is asked now, for all calls that are alike, those that come later from others too."""
        if not self._waiting:
            return
        asked, waiting = next(iter(self._waiting.items()))
        del self._waiting[asked]
        self._answers[asked] = decision, {racer for racer, _call in waiting}
        if decision.kind in ("session", "always"):
            self._allowed[asked[0]] = Decision(decision.kind, rule=decision.rule)
        for racer, call in waiting:
            if racer.run is not None:
                racer.run.decide(call.id, decision)
        for racer in self.racers:  # what waits with other arguments may be allowed now
            self._take(racer)
        self._tell()

    def _look(self, racer: Racer) -> None:
        """Take in what a racer asks now, and what it does not ask any more."""
        turn = racer.turn
        asks = {call.id for call in turn.calls if call.status is CallStatus.ASKING} if turn and racer.run else set()
        for asked, waiting in [*self._waiting.items()]:
            waiting[:] = [(one, call) for one, call in waiting if one is not racer or call.id in asks]
            if not waiting:
                del self._waiting[asked]
        self._take(racer)
        self._tell()

    def _take(self, racer: Racer) -> None:
        """Answer what was decided about before; the rest waits."""
        turn, run = racer.turn, racer.run
        if turn is None or run is None:
            return
        for call in (call for call in turn.calls if call.status is CallStatus.ASKING):
            asked = call.name, _same(call)
            answer, told = self._answers.get(asked, (None, set()))
            decision = self._allowed.get(call.name) or (answer if racer not in told else None)
            waiting = self._waiting.get(asked, [])
            if decision is not None:
                told.add(racer)
                waiting[:] = [(one, other) for one, other in waiting if one is not racer or other.id != call.id]
                if not waiting:
                    self._waiting.pop(asked, None)
                run.decide(call.id, decision)
            elif all(one is not racer or other.id != call.id for one, other in waiting):
                self._waiting.setdefault(asked, []).append((racer, call))

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


def _same(call: ToolCall) -> str:
    """The arguments of a call, however they were spaced and ordered."""
    try:
        value: Any = json.loads(call.fragments.text or "{}")
    except (ValueError, RecursionError):
        return call.fragments.text
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
