"""How the steps of a run lie in each other, those of sub-agents under the call that asked for them, and side by side.

Knows runs and steps; draws nothing.
"""

from collections import defaultdict
from collections.abc import Iterator

from agent.conversation.items import Item, ToolCall
from agent.conversation.run import Run, Step

__all__ = ["Nesting", "agents_of", "reading_order", "reading_parts"]

_NEAR = 16
"""Sub-agents that began last, among which one is looked for that was at work at the same time."""


class Nesting:
    """The steps of one run, as they are now."""

    def __init__(self, run: Run) -> None:
        self._run = run
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

    def alongside(self) -> dict[int, Step]:
        """For each sub-agent, by the number of its step, one that was at work when it began; only where that is told:
        the other's end came later, and neither lies in the other. Without moments nothing is known of it."""
        agents = [step for step in self._run.steps if step.agent is not None]
        if len(agents) < 2 or not self._run.is_dated:
            return {}
        holders = {name: step for step in self._run.steps for call in step.calls for name in (call.wire_id, call.id)}
        others: dict[int, Step] = {}
        for place, agent in enumerate(agents):
            above = self._above(agent, holders)
            for other in reversed(agents[max(place - _NEAR, 0) : place]):
                if _is_told_after(other.ended, agent.started, self._run) and other.number not in above:
                    others[agent.number] = other
                    break
        return others

    def _above(self, step: Step, holders: dict[str, Step]) -> set[int]:
        """The numbers of the steps that one lies in, by its parent or the call that asked for it."""
        above: set[int] = set()
        waiting = [step]
        while waiting:
            one = waiting.pop()
            outer = [holders[one.call_id]] if one.call_id in holders else []
            outer += [self._run.steps[one.parent - 1]] if one.parent is not None else []
            waiting += [each for each in outer if each.number not in above]
            above.update(each.number for each in outer)
        return above

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


def _is_told_after(ended: float | None, moment: float, run: Run) -> bool:
    """Whether the stream tells of an end, behind the moment; what no end was told of ends with its run."""
    return ended is not None and ended > moment and (run.ended is None or ended < run.ended)


def reading_order(run: Run) -> Iterator[tuple[Step, Item]]:
    """The items of a run, each with its step, in the order they are read: what lies in a step in its place."""
    if all(step.parent is None and step.call_id is None for step in run.steps):
        yield from ((step, item) for step in run.steps for item in step.items)
        return
    yield from ((step, item) for _depth, step, item in reading_parts(run) if item is not None)


def reading_parts(run: Run) -> Iterator[tuple[int, Step, Item | None]]:
    """The same, with the sub-agents: how many an item lies in, its step, the item; None where a sub-agent's work
    begins, whose step it is then, and which is one of those that are counted."""
    nesting = Nesting(run)
    waiting: list[tuple[int, Step, Item | Step]] = [(0, step, step) for step in reversed(nesting.outermost)]
    while waiting:
        depth, step, part = waiting.pop()
        if isinstance(part, Step):
            if part.agent is not None:
                depth += 1
                yield depth, part, None
            waiting += reversed([(depth, part, one) for one in nesting.parts_of(part)])
            continue
        yield depth, step, part
        if isinstance(part, ToolCall):
            waiting += reversed([(depth, one, one) for one in nesting.asked_by(part)])


def agents_of(run: Run) -> dict[int, Step]:
    """Whose work each step is that a sub-agent has done, by its number: the step of the innermost one."""
    found: dict[int, Step] = {}
    for step in run.steps:
        if step.agent is not None:
            found[step.number] = step
        elif step.parent in found:
            found[step.number] = found[step.parent]
    return found
