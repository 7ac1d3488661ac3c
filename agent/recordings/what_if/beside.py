"""A branch beside what it leaves: the turn of the recording that is told otherwise, and that turn in the branch.

Pure: who makes the branch feeds it, whoever shows both takes them as any two recordings.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from agent.recordings.comparing.choosing import Turns
from agent.recordings.recording import Recording
from agent.recordings.what_if.plan import Plan

__all__ = ["Beside", "beside_original"]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Both, as far as they are known."""

    original: Recording
    name: str
    """What the original is called: the session's id, else its file."""
    turns: Turns
    """Of the original, which the branch has otherwise."""
    branch: Recording
    """These turns in the branch: what both share of them; what comes is fed to it, until it is ended."""
    words: str
    """What is otherwise in the branch."""


def beside_original(plan: Plan) -> Beside | None:
    """What a branch is to stand beside; None where it begins behind all that was recorded."""
    recording, begins = plan.recording, plan.recording.marks.turns
    place = bisect_left(begins, plan.shared) if plan.is_new_turn else max(bisect_right(begins, plan.shared) - 1, 0)
    if place >= len(begins):
        return None
    branch = Recording.fed()
    branch.feed(recording.events[begins[place] : plan.shared])
    last = place + 1 if plan.is_otherwise else None
    return Beside(
        original=recording,
        name=plan.lineage.session or recording.name,
        turns=Turns(place + 1, last),
        branch=branch,
        words=", ".join(plan.lineage.patch) or "nothing is otherwise",
    )
