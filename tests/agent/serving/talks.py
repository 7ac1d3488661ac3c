"""What a scripted model says and what its user answers, for turns that are to come to the same in several ways."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from langchain_core.tools import tool

from agent.conversation.decisions import Decision
from agent.events import types as ev
from agent.runs.run import Run
from agent.sources.remote.connection import Connection
from agent.sources.remote.source import RemoteSource
from agent.sources.source import Source
from tests.agent.scripted import ScriptedModel, asserted, calling, texts

__all__ = ["CALLS", "USAGE", "Talk", "add", "events_of_turn", "mail", "remote", "talks"]

USAGE: Any = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
_DECISIONS = [Decision("once"), Decision("once", arguments={"to": "eve"}), Decision("denied", reason="not now")]


@tool
def add(x: int, y: int) -> int:
    """Add."""
    return x + y


@tool
def mail(to: str) -> str:
    """Send a mail."""
    return f"sent to {to}"


CALLS: dict[str, st.SearchStrategy[Any]] = {
    "add": st.fixed_dictionaries({"x": st.integers(0, 9), "y": st.integers(0, 9)}),
    "mail": st.fixed_dictionaries({"to": st.sampled_from(["ada", "bob"])}),
}
"""The arguments of each tool."""


@dataclass
class Talk:
    """What the model says, reply by reply, and what the user answers, by the arguments of what asks."""

    replies: list[list[tuple[str, Any]]]
    answer: str | None
    """None is an error of the model's in the place of an answer."""
    decisions: list[Decision]

    def model(self, last: Callable[[str], list[Any]]) -> ScriptedModel:
        """A model that says it; `last` makes the reply of an answer."""
        replies: list[Any] = [[*texts("hm "), *calling(*reply)] for reply in self.replies]
        failing = [*texts("I tr"), RuntimeError("the server is gone")]
        return ScriptedModel(replies=[*replies, failing if self.answer is None else last(self.answer)])


@st.composite
def talks(draw: st.DrawFn, calls: Mapping[str, st.SearchStrategy[Any]], answers: Sequence[str | None]) -> Talk:
    """Turns of a few steps with parallel calls, some of which ask."""
    call = st.sampled_from(sorted(calls)).flatmap(lambda name: st.tuples(st.just(name), calls[name]))
    replies = draw(st.lists(st.lists(call, min_size=1, max_size=3), max_size=2))
    decisions = draw(st.lists(st.sampled_from(_DECISIONS), min_size=6, max_size=6))
    return Talk(replies, draw(st.sampled_from(answers)), decisions)


async def events_of_turn(
    source: Source, decisions: Sequence[Decision], cancels: Callable[[list[ev.Event]], bool], question: str = "q"
) -> list[ev.Event]:
    """The events of a turn, valid ones; the run is cancelled behind those of which `cancels` says so."""
    events: list[ev.Event] = []
    left = list(decisions)
    run = Run(source.work, question, thread_id="t")
    async with run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                run.decide(event.value["toolCallId"], left.pop(0))
            if cancels(events):
                run.cancel()
    return asserted(events)


def remote(url: str) -> RemoteSource:
    """The source that asks what is served there."""
    return RemoteSource(Connection(url, {}, 20.0))
