"""Where a turn comes from that does not follow on the one before it: from which moment, and what was made otherwise.

It owns the form in which `RUN_STARTED` tells it, for forks, branches, retries, what-ifs and races alike. Whoever begins
such a turn makes a `Lineage` and hands it to `Engine.start` (or `Run`), which puts it on the wire:

    RUN_STARTED.parentRunId    the run that the moment lies in (https://docs.ag-ui.com/concepts/events)
    metadata.parentSession     the id of the session that it is read in; a retry's is its own
    metadata.parentMoment      the moment there, as `agent.recordings.moments` reads it: `event:175`, `turn:2`
    metadata.parentStep        the turn and the step that it lies in, `2.1`, or the turn alone; where that is known
    metadata.branch            a `Branch`
    metadata.patch             what was made otherwise, a list of `NAME=VALUE`; where there is something

A turn of another program's has an `Origin` (`metadata.origin`): who wrote it, and what its times are worth.

It knows no session and no file, and what another program tells in these fields is taken only where it can be meant.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from agent.events.types import RunStarted

__all__ = ["Branch", "Lineage", "Origin", "lineage_of", "origin_of"]

Branch = Literal["fork", "branch", "retry", "what-if", "race"]
"""Gone on with from a moment; another question in a turn's place; the same one again; something else made otherwise;
or asked of several models at once."""

_BRANCHES: dict[Any, Branch] = {name: name for name in get_args(Branch)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """From where a turn branches off."""

    branch: Branch
    session: str | None
    """The id of its parent; None where that is no saved session."""
    run: str | None
    """The run that the moment lies in, as its sender calls it; None before the first."""
    moment: str
    patch: tuple[str, ...] = ()
    """What was made otherwise, as `NAME=VALUE`."""
    step: str = ""
    """Where the moment lies for people: `2.1` is the first step of the second turn, `2` that turn before its steps."""

    def told(self) -> dict[str, Any]:
        """What the metadata of `RUN_STARTED` says of it."""
        told: dict[str, Any] = {"parentMoment": self.moment, "branch": self.branch}
        if self.session is not None:
            told["parentSession"] = self.session
        if self.step:
            told["parentStep"] = self.step
        if self.patch:
            told["patch"] = [*self.patch]
        return told

    @property
    def words(self) -> str:
        """The same for people, on one line: `what-if from event:175 of 20261123-…: model=openai:x`."""
        where = f" of {self.session}" if self.session and self.branch != "retry" else ""
        patch = f": {', '.join(self.patch)}" if self.patch else ""
        return f"{self.branch} from {self.moment}{where}{patch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The program that another's turn is from."""

    program: str
    timing: str | None
    """What its times are worth: `tokens`, `blocks`, `items`, `spans`, `none`; None where nobody says."""

    @property
    def words(self) -> str:
        """The same for people: `codex, times of items`. What has no times is paced by whoever plays it."""
        return f"{self.program}, {'paced' if self.timing in (None, 'none') else f'times of {self.timing}'}"


def origin_of(event: RunStarted) -> Origin | None:
    """The program that a run says it is from; None of our own."""
    origin = (event.metadata or {}).get("origin")
    program, timing = (origin.get("program"), origin.get("timing")) if isinstance(origin, dict) else (None, None)
    if not isinstance(program, str):
        return None
    return Origin(program=program, timing=timing if isinstance(timing, str) else None)


def lineage_of(event: RunStarted) -> Lineage | None:
    """Where a run says that it comes from; None where it says nothing that can be gone to."""
    metadata = event.metadata or {}
    names = ("parentSession", "parentMoment", "parentStep", "patch")
    session, moment, step, patch = (metadata.get(name) for name in names)
    if not isinstance(moment, str):
        return None
    return Lineage(
        branch=_BRANCHES.get(str(metadata.get("branch")), "fork"),
        session=session if isinstance(session, str) else None,
        run=event.parent_run_id,
        moment=moment,
        step=step if isinstance(step, str) else "",
        patch=tuple(one for one in patch if isinstance(one, str)) if isinstance(patch, list) else (),
    )
