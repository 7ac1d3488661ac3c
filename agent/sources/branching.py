"""A branch of a recording: its session, and the run that goes on in it where something is asked anew.

It owns which model answers in a branch, by what the recording says and what is patched, and that nothing is loaded
where nothing is otherwise. How far the recording is followed is the plan's.
"""

import time
from dataclasses import dataclass, replace

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.errors import UsageError
from agent.events.wire import decode
from agent.recordings.what_if.plan import Plan, followed_lines, shared_lines
from agent.runs.run import Run, new_id
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.sources.executor.prompts import TOOL_RULES
from agent.specs import AGENT
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session

__all__ = ["Branch", "branch_settings", "start_branch"]


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A session that branches off a recording."""

    session: Session
    engine: Engine | None = None
    run: Run | None = None
    """What goes on in it, not entered yet; None where it is over, for nothing is otherwise."""
    told: tuple[bytes, ...] = ()
    """What is told again where it is over, a line each, without line ends."""


def start_branch(plan: Plan, settings: Settings, sessions: Sessions | None) -> Branch:
    """The session of a branch, with all that is shared, and the run that goes on in it. Blocks while it writes.

    `sessions` None keeps it off the disk.

    Raises:
        TranscriptError: it cannot be written.
        UsageError: who made the turn cannot go on from its middle.
    """
    if not plan.is_otherwise:
        return _followed(plan, sessions)
    engine = Engine(branch_settings(plan, settings))
    past = plan.past()
    session = Session.branched(sessions, shared_lines(plan), past)
    if plan.is_new_turn:
        assert plan.question is not None  # noqa: S101 - that is what makes it one
        return Branch(session=session, engine=engine, run=engine.start(plan.question, past, lineage=plan.lineage))
    return Branch(session=session, engine=engine, run=engine.branch(plan))


def branch_settings(plan: Plan, settings: Settings) -> Settings:
    """Settings by which a branch is answered: what is patched, else what the recording says, else those given.

    Raises:
        UsageError: who made the turn cannot go on from its middle.
    """
    patches, runs = plan.patches, plan.past().runs if plan.is_new_turn else plan.recording.state(plan.followed).runs
    turn = runs[-1] if runs else None
    recorded = turn.model if turn is not None else None
    is_ours = recorded is not None and (recorded == "offline" or (":" in recorded and not recorded.startswith(AGENT)))
    model = patches.model or (recorded if is_ours and recorded else settings.model)
    changed = replace(settings, model=model)
    if changed.asks_agent and not plan.is_new_turn:
        raise UsageError(f"{model} cannot go on from the middle of a turn; name a model with model=")
    system, temperature = _given(runs, turn) if turn is not None else (None, None)
    if patches.temperature is not None:
        temperature = patches.temperature
    return replace(
        changed,
        system=patches.system or system or settings.system,
        temperature=settings.temperature if temperature is None else temperature,
    )


def _given(runs: list[Turn], turn: Turn) -> tuple[str | None, float | None]:
    """The system's message and the temperature that a turn says its model was given."""
    given = next((step.given for step in reversed(turn.steps) if step.given is not None), None)
    if given is None:
        return None, None
    defined = [step.given.get("defined") for run in runs for step in run.steps if step.given is not None]
    known = {name: value for one in defined if isinstance(one, dict) for name, value in one.items()}
    system, temperature = known.get(str(given.get("system"))), given.get("temperature")
    return (
        system.removesuffix(TOOL_RULES).rstrip() if isinstance(system, str) else None,
        float(temperature) if isinstance(temperature, int | float) else None,
    )


def _followed(plan: Plan, sessions: Sessions | None) -> Branch:
    """A branch in which nothing is otherwise."""
    moments = plan.recording.events
    now = round(time.time() * 1000)
    shift = now - round(moments.moment(len(moments) - 1)) if plan.recording.is_dated else 0
    told = [*followed_lines(plan, new_id("run"), shift)]
    conversation: Conversation = plan.past()
    conversation.apply_all(decode(line) for line in told)
    session = Session.branched(sessions, [*shared_lines(plan), *told], conversation)
    return Branch(session=session, told=tuple(told))
