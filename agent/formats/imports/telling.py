"""Tells a session as AG-UI events in their right order: what begins ends, ids are unique, sums are made once.

The one place that knows how a well-formed stream is built from what foreign records say. It knows no format, invents
no moment, and decides nothing but how a run ends that nobody ended.
"""

from typing import Any

from agent.events import types as ev
from agent.formats.imports.saying import Saying
from agent.formats.imports.usage import Usage
from agent.formats.imports.values import ending

__all__ = ["Telling"]


class Telling(Saying):
    """One session's events as they come about; `take` gives those since the last time.

    Moments are milliseconds since the epoch, or None where the record has none. `agent` is the id of the sub-agent
    that something belongs to, None for the main one.
    """

    def __init__(self, program: str, timing: str) -> None:
        super().__init__()
        self.thread_id = program
        self.origin: dict[str, Any] = {"program": program, "timing": timing}
        """Where the session comes from: `program`, `timing`, and `version`, `session`, `folder`, `parent` if known."""
        self.model = ""
        self.title = ""
        """What the program calls the session; empty where it does not. A turn's end tells it, as far as it is known."""
        self.run_id: str | None = None
        """The run that is open."""
        self._steps: dict[str | None, str] = {}
        self._step_count = self._run_count = 0
        self._agents: dict[str, str | None] = {}
        """Sub-agents at work, with the provider's id of the call that asked each."""
        self._usage = Usage()
        self._cost: float | None = None
        self._has_question = False
        self._between: list[tuple[str, dict[str, Any], int | None]] = []
        """Activities that wait for the next turn."""

    def be_session(self, name: str) -> None:
        """The program's own id of the session, which is its thread's; the first that is told counts, '' tells none."""
        if name:
            self.thread_id = self.origin.setdefault("session", name)

    # Runs

    def begin(
        self, question: str | list[Any], at: int | None, *, run_id: str = "", parent: str | None = None, **metadata: Any
    ) -> str:
        """A turn begins; one that is open is concluded first. Gives the id it is told under."""
        self.conclude()
        self._run_count += 1
        run_id = self._fresh(run_id or f"{self.thread_id}:{self._run_count}")
        self.run_id, self._last, self._is_answered, self._failure = run_id, at, False, ""
        self._step_count, self._has_question = 0, bool(question)
        asked = ev.RunInput(
            thread_id=self.thread_id,
            run_id=run_id,
            messages=[ev.InputMessage(id=self._fresh(f"{run_id}:question"), role="user", content=question)],
            state={},
            tools=[],
            context=[],
            forwarded_props={},
        )
        facts = {"model": self.model} if self.model else {}
        self._add(
            ev.RunStarted(
                timestamp=at,
                thread_id=self.thread_id,
                run_id=run_id,
                parent_run_id=parent,
                input=None if not question else asked,
                metadata={**facts, "origin": dict(self.origin), **metadata},
            )
        )
        between, self._between = self._between, []
        for kind, content, then in between:
            self.activity(kind, content, then)
        return run_id

    @property
    def is_answered(self) -> bool:
        """Whether the last thing said in the open run is text of the main agent."""
        return self.run_id is not None and self._is_answered

    @property
    def is_asked(self) -> bool:
        """Whether the open run has a question."""
        return self.run_id is not None and self._has_question

    def ensure_run(self, at: int | None) -> str:
        """Begin a turn without a question, where something is said outside of any; gives the open one's id."""
        return self.begin("", at) if self.run_id is None else self.run_id

    def finish(self, at: int | None, *, cost: float | None = None, usage: list[ev.TokenUsage] | None = None) -> None:
        """The turn was answered. `cost` in US dollars and `usage` where the record sums them up itself."""
        if self.run_id is None:
            return
        if self._writing:  # a finished run has complete arguments, or it was not finished
            self.fail("The recording ends in the middle of a call.", ev.RunErrorCode.TRUNCATED, at)
            return
        self._close_parts(at)
        self._add(
            ev.RunFinished(
                timestamp=at,
                thread_id=self.thread_id,
                run_id=self.run_id,
                outcome={"type": "success"},
                usage=usage or self._usage.by_model() or None,
                metadata=self._end_metadata(cost),
            )
        )
        self._forget_run()

    def fail(self, message: str, code: ev.RunErrorCode, at: int | None, *, cost: float | None = None) -> None:
        """The turn ended without an answer."""
        if self.run_id is None:
            return
        self._close_parts(at)
        usage = self._usage.by_model() or None
        self._add(
            ev.RunError(
                timestamp=at, message=ending(message), code=code, usage=usage, metadata=self._end_metadata(cost)
            )
        )
        self._forget_run()

    def expect_failure(self, message: str) -> None:
        """An error that ends the turn unless more is said in it."""
        self._failure = message or "The model failed."

    def conclude(self, at: int | None = None) -> None:
        """End the open turn, of which no record tells how it ended: at the last moment that was told in it unless
        its end has one."""
        if self.run_id is None:
            return
        self._last = self._last if at is None else at
        if self._failure:
            self.fail(self._failure, ev.RunErrorCode.MODEL_ERROR, self._last)
        elif self._is_answered:
            self.finish(self._last)
        else:
            self.fail("The recording has no answer to this.", ev.RunErrorCode.INTERRUPTED, self._last)

    def _close_parts(self, at: int | None) -> None:
        for agent in list(self._agents):
            self.end_agent(agent, at)
        for event in self._parts.close(at):
            self._events.append(event)
        self._steps.clear()

    def _end_metadata(self, cost: float | None) -> dict[str, Any] | None:
        cost = self._cost if cost is None else cost
        told: dict[str, Any] = {} if cost is None else {"costUsd": cost}
        if self.title:
            told["title"] = self.title
        return told or None

    def _forget_run(self) -> None:
        self.run_id = None
        self._calls.clear()
        self._writing.clear()
        self._usage = Usage()
        self._cost = None

    # Steps

    def step(self, at: int | None, agent: str | None = None) -> None:
        """The next model call begins; the one before it ends where it does."""
        self.ensure_run(at)
        self.end_step(at, agent)
        self._step_count += 1
        self._steps[agent] = f"step {self._step_count}"
        metadata = {"model": self.model} if self.model else None
        self._add(ev.StepStarted(timestamp=at, step_name=self._steps[agent], metadata=metadata), agent)

    @property
    def is_stepping(self) -> bool:
        """Whether a model call of the main agent is open."""
        return None in self._steps

    def ensure_step(self, at: int | None, agent: str | None = None) -> None:
        """Begin a model call where none is open."""
        if agent not in self._steps:
            self.step(at, agent)

    def end_step(self, at: int | None, agent: str | None = None) -> None:
        """A model call and its tools are done; harmless where none is open."""
        if (name := self._steps.pop(agent, None)) is not None:
            usage = self._usage.of_step(name)
            metadata = {"usage": usage} if usage else None
            self._add(ev.StepFinished(timestamp=at, step_name=name, metadata=metadata), agent)

    def use(self, key: str, usage: ev.TokenUsage | None, agent: str | None = None) -> None:
        """What a model call cost, as far as it is known now; told again under the same key it takes the place."""
        if usage is not None:
            self._usage.set(key, usage, self._steps.get(agent))

    def pay(self, dollars: float | None) -> None:
        """Add to what the turn cost."""
        if dollars is not None:
            self._cost = (self._cost or 0) + dollars

    def _has_result(self, call: str, at: int | None) -> None:
        for agent, asking in list(self._agents.items()):
            if asking == call:
                self.end_agent(agent, at)

    # Sub-agents, and what AG-UI calls activities

    def begin_agent(
        self, agent: str, name: str, at: int | None, *, description: str = "", call: str = "", parent: str | None = None
    ) -> None:
        """A sub-agent begins its work, asked by a call or by another sub-agent; harmless where it has begun."""
        if agent in self._agents:
            return
        self.ensure_run(at)
        self._agents[agent] = call or None
        self._put(
            ev.SubagentStarted(
                timestamp=at,
                subagent_run_id=agent,
                name=name or "sub-agent",
                description=description or None,
                parent_tool_call_id=next(iter(self._calls.get(call, ())), None),
                parent_subagent_run_id=parent,
            )
        )

    def end_agent(self, agent: str, at: int | None) -> None:
        """A sub-agent is done; harmless where none of this id is at work."""
        if agent in self._agents:
            self.end_step(at, agent)
            del self._agents[agent]
            self._put(ev.SubagentFinished(timestamp=at, subagent_run_id=agent))

    def activity(self, kind: str, content: dict[str, Any], at: int | None) -> None:
        """Something that is no message and no call: a compaction, a note of the program. What comes behind a turn's
        answer is told in the next one, so that it makes no turn longer."""
        if self.run_id is None or self._is_answered:
            self._between.append((kind, content, at))
            return
        message_id = self._fresh(f"{self.run_id}:{kind.lower()}")
        self._put(ev.ActivitySnapshot(timestamp=at, message_id=message_id, activity_type=kind, content=content))

    def forget_activities(self) -> None:
        """Leave out those that wait for a next turn, where that is of another session."""
        self._between.clear()

    def custom(self, name: str, value: Any, at: int | None) -> None:
        """What AG-UI has no event for."""
        self.ensure_run(at)
        self._put(ev.Custom(timestamp=at, name=name, value=value))
