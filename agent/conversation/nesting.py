"""How the steps of a run lie in each other: those of sub-agents under the call that asked for them.

Knows runs and steps; draws nothing.
"""

from collections import defaultdict
from collections.abc import Iterator

from agent.conversation.items import Item, ToolCall
from agent.conversation.run import Run, Step

__all__ = ["Nesting", "reading_order"]


class Nesting:
    """The steps of one run, as they are now."""

    def __init__(self, run: Run) -> None:
        self._inside: dict[int | None, list[Step]] = defaultdict(list)
        self._asked: dict[str, list[Step]] = defaultdict(list)
        names: dict[str, str] = {}
        if any(step.call_id is not None for step in run.steps):
            names = {name: call.id for call in run.calls for name in (call.wire_id, call.id)}
        for step in run.steps:
            if step.call_id in names:
                self._asked[names[step.call_id]].append(step)
            else:
                self._inside[step.parent].append(step)

    @property
    def outermost(self) -> list[Step]:
        """The steps that lie in no other and were asked for by no call."""
        return self._inside[None]

    def asked_by(self, call: ToolCall) -> list[Step]:
        """The sub-agents that a call asked for."""
        return self._asked.get(call.id, [])

    def parts_of(self, step: Step) -> Iterator[Item | Step]:
        """What a step holds, items and steps, in the order they began; but for what its calls asked for."""
        inner = [*self._inside.get(step.number, ())]
        for place, item in enumerate(step.items):
            while inner and inner[0].place <= place:
                yield inner.pop(0)
            yield item
        yield from inner


def reading_order(run: Run) -> Iterator[tuple[Step, Item]]:
    """The items of a run, each with its step, in the order they are read: what lies in a step in its place."""
    if all(step.parent is None and step.call_id is None for step in run.steps):
        yield from ((step, item) for step in run.steps for item in step.items)
        return
    nesting = Nesting(run)
    waiting: list[tuple[Step, Item | Step]] = [(step, step) for step in reversed(nesting.outermost)]
    while waiting:
        step, part = waiting.pop()
        if isinstance(part, Step):
            waiting += reversed([(part, one) for one in nesting.parts_of(part)])
            continue
        yield step, part
        if isinstance(part, ToolCall):
            waiting += reversed([(one, one) for one in nesting.asked_by(part)])
