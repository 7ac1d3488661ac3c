"""Chunks: a stream told in them folds to what the same stream told in full does."""

from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.items import CallStatus, Interrupt, Message, Reasoning, ToolCall
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events.chunks import Chunks

START = ev.RunStarted(timestamp=0, thread_id="t", run_id="r")
PIECES = st.lists(st.text(max_size=3), min_size=1, max_size=4)


def _items(events: list[ev.Event]) -> list[Message | Reasoning | ToolCall]:
    (run,) = Conversation([START, *events]).runs
    return [item for item in run.items if not isinstance(item, Interrupt)]


def _chunks(kind: str, name: str, pieces: list[str], *, named: bool) -> list[ev.Event]:
    """What `kind` is told in; only the first chunk bears the name, unless all do."""
    events: list[ev.Event] = []
    for number, piece in enumerate(pieces):
        given = name if named or number == 0 else None
        if kind == "text":
            events.append(ev.TextMessageChunk(timestamp=number, message_id=given, role="assistant", delta=piece))
        elif kind == "reasoning":
            events.append(ev.ReasoningMessageChunk(timestamp=number, message_id=given, delta=piece))
        else:
            tool = "add" if number == 0 else None
            events.append(ev.ToolCallChunk(timestamp=number, tool_call_id=given, tool_call_name=tool, delta=piece))
    return events


@given(st.lists(st.tuples(st.sampled_from(["text", "reasoning", "call"]), PIECES), max_size=5), st.booleans())
def test_chunks_are_whole_items_one_for_each_name(parts: list[tuple[str, list[str]]], named: bool) -> None:
    events = [
        event
        for number, (kind, pieces) in enumerate(parts)
        for event in _chunks(kind, f"id{number}", pieces, named=named)
    ]
    items = _items([*events, ev.StepStarted(timestamp=9, step_name="next")])
    kinds = {"text": Message, "reasoning": Reasoning, "call": ToolCall}
    assert [(type(item), item.id, item.fragments.text) for item in items] == [
        (kinds[kind], f"id{number}", "".join(pieces)) for number, (kind, pieces) in enumerate(parts)
    ]
    for item in items:
        assert item.status is CallStatus.READY if isinstance(item, ToolCall) else item.ended is not None


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.text(min_size=1, max_size=3)), max_size=8))
def test_a_name_that_comes_again_goes_on_with_its_text(told: list[tuple[str, str]]) -> None:
    items = _items([ev.TextMessageChunk(message_id=name, delta=piece) for name, piece in told])
    names = list(dict.fromkeys(name for name, _ in told))
    assert [(item.id, item.fragments.text) for item in items] == [
        (name, "".join(piece for other, piece in told if other == name)) for name in names
    ]


def test_what_says_nothing_of_it_does_not_end_a_chunk() -> None:
    between: list[ev.Event] = [
        ev.Raw(event={}),
        ev.Custom(name="theirs"),
        ev.TextMessageContent(message_id="other", delta="y"),
    ]
    events = [ev.TextMessageChunk(message_id="m", delta="a"), *between, ev.TextMessageChunk(delta="b")]
    assert [(item.id, item.fragments.text) for item in _items(events)] == [("m", "ab"), ("other", "y")]


def test_ids_may_be_used_again_in_another_run() -> None:
    run = [START, ev.TextMessageChunk(message_id="m", delta="x"), ev.RunFinished(thread_id="t", run_id="r")]
    chunks = Chunks()
    expanded = [part for event in [*run, *run] for part in chunks.expand(event)]
    assert [type(part).__name__ for part in expanded] == [
        "RunStarted",
        "TextMessageStart",
        "TextMessageContent",
        "TextMessageEnd",
        "RunFinished",
    ] * 2
    assert [len(one.messages) for one in Conversation([*run, *run]).runs] == [1, 1]


def test_the_older_names_of_reasoning_are_understood() -> None:
    events: list[ev.Event] = [
        ev.ThinkingStart(timestamp=0),
        ev.ThinkingTextMessageStart(timestamp=1),
        ev.ThinkingTextMessageContent(timestamp=2, delta="h"),
        ev.ThinkingTextMessageContent(timestamp=3, delta="h"),
        ev.ThinkingTextMessageEnd(timestamp=4),
        ev.ThinkingEnd(timestamp=5),
    ]
    (item,) = _items(events)
    assert isinstance(item, Reasoning)
    assert (item.fragments.text, item.started, item.ended) == ("hh", 2, 4)


def test_a_chunk_without_a_name_goes_on_with_what_its_own_sub_agent_said() -> None:
    def said(delta: str, agent: str | None, name: str | None = None) -> ev.TextMessageChunk:
        return ev.TextMessageChunk(message_id=name, delta=delta, subagent_run_id=agent)

    told = [said("a1", "a", "x"), said("b1", "b", "y"), said("a2", "a"), said("b2", "b"), said("b3", None)]
    told += [said("m1", None, "m"), said("a3", "a"), said("m2", None)]
    texts = sorted(item.fragments.text for item in _items([*told]) if isinstance(item, Message))
    assert texts == ["a1a2a3", "b1b2b3", "m1m2"]
