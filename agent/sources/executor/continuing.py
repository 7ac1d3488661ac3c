"""A turn that is gone on with from its middle: what its model has been told, which calls are answered next, by whom.

It owns the way from a turn that was recorded to what the loop holds where it would have come to the same place. What is
asked and run there is the loop's.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from agent.conversation.run import Run, Step
from agent.recordings.what_if.answers import Answer, RecordedAnswers
from agent.sources.context.history import provider_ids, steps_so_far
from agent.sources.executor.tooling import ANSWER_TOOL, CallOutcome, ReadyCall
from agent.sources.replies.gathering.call import GatheredCall
from agent.sources.replies.gathering.written import Written

__all__ = ["Continued"]


@dataclass(frozen=True, kw_only=True)
class Continued:
    """The turn so far, and its calls that are answered next."""

    turn: Run
    pending: Collection[str] = ()
    """Ids of calls of its last step, as its sender calls them."""
    answers: RecordedAnswers | None = None
    """What tools are not run for; None runs them all."""

    @property
    def steps(self) -> list[Step]:
        """Its model calls so far."""
        return self.turn.own_steps

    @property
    def used(self) -> dict[str, None]:
        """The tools that ran, in order of their first use."""
        ran = (call for call in self.turn.calls if call.tool_started is not None or call.answered_by == "recording")
        return {call.name: None for call in ran if call.name != ANSWER_TOOL}

    def answered(self, ready: ReadyCall) -> Answer | None:
        """What a call gave in the recording; None where its tool is to be run."""
        if self.answers is None:
            return None
        if ready.call.id in self.pending:
            return self.answers.of_call(ready.call.id, ready.call.name, ready.arguments)
        return self.answers.take(ready.call.name, ready.arguments)

    def calls(self) -> list[GatheredCall]:
        """The calls that are answered next, as a reply would have brought them."""
        if not self.pending:
            return []
        step = self.steps[-1]
        ids = provider_ids(step)
        return [
            GatheredCall(
                id=call.wire_id, provider_id=ids[call.id], name=call.name, written=Written(call.fragments.text)
            )
            for call in step.calls
            if call.wire_id in self.pending
        ]

    def told(
        self, read: Callable[[str, str], dict[str, Any]], outcomes: Sequence[CallOutcome] = ()
    ) -> list[BaseMessage]:
        """What the model has been told behind the question, with what came of the calls that were answered.

        `read` gives the arguments of a call by its tool and its text.
        """
        steps = self.steps
        told = steps_so_far(self.turn, len(steps) + 1, read)
        if outcomes:
            messages = {outcome.ready.call.id: outcome.message for outcome in outcomes}
            first = len(told[-1]) - len(steps[-1].calls)
            for place, call in enumerate(steps[-1].calls, start=first):
                told[-1][place] = messages.get(call.wire_id, told[-1][place])
        return [message for messages_of in told for message in messages_of]
