"""The steps of a run that is going on, and those of its sub-agents: which of them something that is said belongs to.

Steps nest as they are told (https://docs.ag-ui.com/concepts/events#stepstarted): one that begins while another one is
open lies in it, unless it has the same name, as parallel branches of one node have. A sub-agent is a step too, and has
steps of its own; what names it (`subagentRunId`) belongs to it, whatever else goes on. What belongs to no step goes
into one without a name.
"""

from msgspec import Struct

from agent.conversation.items import Notice
from agent.conversation.run import Run, Step
from agent.conversation.turn.content import string
from agent.events import types as ev

__all__ = ["Steps"]


class Steps(Struct, eq=False):
    """The steps of one run."""

    _run: Run
    _open: dict[str | None, list[Step]]
    """The open steps of each agent, the innermost last; the run's own agent is None."""
    _agents: dict[str, Step] = {}
    """The work of each sub-agent."""
    _told: list[Step] = []
    """Steps that may be told once more."""

    def know(self) -> None:
        """Take in the steps that the run has already."""
        self._agents = {step.agent: step for step in self._run.steps if step.agent is not None}

    def tell_again(self) -> None:
        """All is told once more, from the beginning of the run."""
        self._told = [step for step in self._run.steps if step.name and step.agent is None]

    def current(self, agent: str | None, time: float) -> Step:
        """The step that what an agent says now belongs to."""
        open_steps = self._open.get(agent)
        if open_steps:
            step = open_steps[-1]
            if step is self._run.steps[-1] or step.is_named:  # nearly always
                return step
            self._end_unnamed(agent, time)  # what stands behind a sub-agent's work is to be read behind it
        if not open_steps:
            if agent is not None:  # a sub-agent that nothing else tells of
                return self._begin_agent(agent, "", time)
            open_steps = self._open[agent]
            open_steps.append(self._new("", time))
        return open_steps[-1]

    @property
    def innermost(self) -> Step | None:
        """The step of the run's own agent that goes on, if any."""
        return self._open[None][-1] if self._open[None] else None

    def start(self, event: ev.StepStarted, time: float) -> Run:
        """A step begins."""
        agent = event.subagent_run_id
        if agent is None and event.metadata and self._run.model is None:  # a recording may not know it before
            self._run.model = string(event.metadata.get("model"))
        if agent is not None and agent not in self._open:
            self._begin_agent(agent, "", time)
        if self._told and (told := self._again(event.step_name)) is not None:
            self._told.remove(told)
            if not any(step is told for step in self._open[agent]):
                told.ended = None
                self._open[agent].append(told)
            return self._run
        open_steps, around = self._open[agent], None
        if open_steps:
            around = self._around(agent, event.step_name)
            self._end_unnamed(agent, time)
        open_steps.append(self._new(event.step_name, time, around))
        return self._run

    def _again(self, name: str) -> Step | None:
        """The step of that name that is told once more."""
        return next((step for step in self._told if step.name == name), None)

    def _around(self, agent: str | None, name: str) -> Step | None:
        """The open step that one of that name begins in: the innermost of another name."""
        open_steps = self._open[agent]
        if not open_steps:
            return None
        if open_steps[-1].is_named and open_steps[-1].name == name:
            # Beside it, and so in what it lies in; thousands that nobody ends are not gone through for each.
            parent = open_steps[-1].parent
            if parent is None or self._run.steps[parent - 1].ended is None:
                return None if parent is None else self._run.steps[parent - 1]
        return next((step for step in reversed(open_steps) if step.is_named and step.name != name), None)

    def finish(self, event: ev.StepFinished, time: float) -> Run | None:
        """The innermost open step of that name ends; nothing where there is none."""
        own, name = event.subagent_run_id, event.step_name
        for agent in (own,) if len(self._open) == 1 else (own, *self._open):
            open_steps = self._open.get(agent, [])
            for place in range(len(open_steps) - 1, -1, -1):
                step = open_steps[place]
                if step.name == name and step.agent is None:
                    step.ended = time
                    if event.metadata is not None:
                        usage = event.metadata.get("usage")
                        step.usage = usage if isinstance(usage, dict) else None
                    del open_steps[place]
                    return self._run
        return None

    # Sub-agents (https://docs.ag-ui.com/concepts/subagents)

    def agent_started(self, event: ev.SubagentStarted, time: float) -> Run:
        """A sub-agent begins, or goes on with what it has begun."""
        agent = event.subagent_run_id
        step = self._agents.get(agent) or self._begin_agent(agent, event.name, time)
        step.name, step.ended = event.name, None
        step.call_id = event.parent_tool_call_id or step.call_id
        around = self._agents.get(event.parent_subagent_run_id or "")
        if around is not None and around is not step:
            step.parent, step.place = around.number, len(around.items)
        self._open.setdefault(agent, [step])
        return self._run

    def agent_ended(self, event: ev.SubagentFinished | ev.SubagentError, time: float) -> Run | None:
        """A sub-agent is done, has failed, or waits for something from outside."""
        step = self._agents.get(event.subagent_run_id)
        if step is None or step.ended is not None:
            return None
        for inner in self._open.pop(event.subagent_run_id, ()):
            inner.ended = inner.ended or time
        step.ended = time
        if isinstance(event, ev.SubagentError):
            step.error = event.message
            place = sum(len(one.items) for one in self._run.steps)
            words = f"{step.title} failed: {event.message}"
            self._run.notices.append(Notice(text=words, time=time, place=place, is_failure=True))
        return self._run

    def _begin_agent(self, agent: str, name: str, time: float) -> Step:
        step = self._agents.get(agent)
        if step is None:
            around = next((step for step in reversed(self._open[None]) if step.is_named), None)
            step = self._agents[agent] = self._new(name, time, around, agent=agent)
        self._open[agent] = [step]
        return step

    def _end_unnamed(self, agent: str | None, time: float) -> None:
        """What belonged to no step is over where one begins."""
        open_steps = self._open[agent]
        if open_steps and not open_steps[-1].is_named:
            open_steps.pop().ended = time

    def _new(self, name: str, time: float, around: Step | None = None, *, agent: str | None = None) -> Step:
        step = Step(name=name, number=len(self._run.steps) + 1, started=time, agent=agent)
        if around is not None:
            step.parent, step.place = around.number, len(around.items)
        self._run.steps.append(step)
        return step
