"""Finding in a session: hits are counted as a patient reader would, whatever came when."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.finding import Finder, Hit, HitKind, argument_lines, occurrences, source_lines
from agent.conversation.items import Message, MessageKind, Reasoning, ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from tests.agent.strategies import FEWER, JSON, conversations, cut_runs

QUERIES = st.sampled_from(["a", "A", "e", "it", "\u00df", "ss", "\u00e9", "0", '"', ":", " ", "answer", "tool", "zz"])


def by_hand(run: Run, query: str) -> list[Hit]:
    """The hits of a run, letter by letter."""
    answers = [message.call_id for message in run.messages]
    texts: list[tuple[HitKind, str, str, list[str]]] = [(HitKind.QUESTION, "", "", [run.question])]
    for item in (item for step in run.steps for item in step.items):
        if isinstance(item, ToolCall):
            arguments, is_answer = item.fragments.text, item.id in answers
            decoded = "\n".join(argument_lines(arguments, without="answer" if is_answer else None))
            texts.append((HitKind.TOOL, item.id, item.name, [item.name]))
            texts.append((HitKind.ARGUMENTS, item.id, item.name, [decoded, "" if is_answer else arguments]))
            texts.append((HitKind.RESULT, item.id, item.name, [item.result or ""]))
        elif isinstance(item, Reasoning):
            texts.append((HitKind.REASONING, item.id, "", [item.fragments.text]))
        elif isinstance(item, Message):
            kind = HitKind.ANSWER if item.kind is MessageKind.ANSWER else HitKind.PREAMBLE
            texts.append((kind, item.id, "", [item.fragments.text]))
    texts.append((HitKind.ERROR, "", "", [run.error or ""]))
    hits: list[Hit] = []
    for kind, item_id, name, alternatives in texts:
        count = next((count for text in alternatives if (count := counted(text, query))), 0)
        hits += [Hit(run.id, kind, item_id, nth, name) for nth in range(count)]
    return hits


def counted(text: str, query: str) -> int:
    """How often the query stands in the lines of a text."""
    count = 0
    for line in text.casefold().split("\n"):
        at = 0
        while at < len(line):
            found = line.startswith(query.casefold(), at)
            count += found
            at += len(query.casefold()) if found else 1
    return count


@given(conversations() | cut_runs(), QUERIES)
def test_the_hits_are_what_a_patient_reader_counts(events: list[ev.Event], query: str) -> None:
    runs = Conversation(events).runs
    hits = Finder().find(runs, query)
    assert list(hits) == [hit for run in runs for hit in by_hand(run, query)]


@FEWER
@given(conversations(), QUERIES, QUERIES)
def test_what_was_read_before_never_changes_the_hits(events: list[ev.Event], query: str, other: str) -> None:
    finder, conversation = Finder(), Conversation()
    for event in events:
        conversation.apply(event)
        finder.find(conversation.runs, other)
        assert list(finder.find(conversation.runs, query)) == list(Finder().find(conversation.runs, query))


@FEWER
@given(conversations())
def test_a_run_that_has_not_changed_is_not_read_again(events: list[ev.Event]) -> None:
    read: list[str] = []

    def shown(kind: HitKind, text: str) -> list[str]:
        read.append(text)
        return source_lines(kind, text)

    finder, runs = Finder(shown), Conversation(events).runs
    assert len(list(finder.reading(runs))) == len(runs)
    before = len(read)
    finder.find(runs, "a")
    finder.find(runs, "b")
    assert list(finder.reading(runs)) == []
    assert len(read) == before
    runs[-1].version += 1
    finder.find(runs, "a")
    assert len(read) == before  # its texts are what they were


@given(st.text("aAbBß\u0130é\n", max_size=12), st.text("aAsßi\u0307é", max_size=2))
def test_an_occurrence_is_where_the_query_stands_in_any_case(text: str, query: str) -> None:
    found = occurrences(text, query)
    assert len(found) == (text.casefold().count(query.casefold()) if query else 0)
    for start, end in found:
        assert query.casefold() in text[start:end].casefold()
        assert 0 <= start < end <= len(text)


@given(JSON)
def test_every_leaf_of_the_arguments_is_found(value: object) -> None:
    lines = argument_lines(json.dumps(value))
    leaves: list[object] = []
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            waiting += inner.values()
        elif isinstance(inner, list):
            waiting += inner
        else:
            leaves.append(inner)
    text = "\n".join(lines)
    for leaf in leaves:
        assert (leaf if isinstance(leaf, str) else json.dumps(leaf)) in text


def test_arguments_are_found_decoded_and_else_as_they_were_written() -> None:
    assert argument_lines('{"x": 1.50, "s": "a\\nb", "l": [{"y": null}], "e": {}}') == [
        "x: 1.50",
        "s: a",
        "b",
        "l: ",
        "y: null",
        "e: {}",
    ]
    assert argument_lines('{"x": 1, "s": "unfini') == []
    assert argument_lines("[" * 100_000) == []
    runs = _talk('{"x": 1, "note": "over \\u00e9"}').runs
    for query in ("x: 1", '"x": 1', "over \u00e9", "\\u00e9"):
        assert [hit.kind for hit in Finder().find(runs, query)] == [HitKind.ARGUMENTS]


def test_an_answer_decoded_from_a_call_is_found_once() -> None:
    runs = _talk('{"answer": "found", "tools_used": ["add"]}', spoken="found").runs
    assert [hit.kind for hit in Finder().find(runs, "found")] == [HitKind.ANSWER]
    assert [hit.kind for hit in Finder().find(runs, "add")] == [HitKind.ARGUMENTS]


def test_hits_are_found_again_when_the_search_changes() -> None:
    first, second = _talk('{"a": "one two"}', run="r1").runs[0], _talk('{"a": "two"}', run="r2").runs[0]
    finder = Finder()
    hits = finder.find([first, second], "t")
    two = next(hit for hit in hits if hit.run_id == "r2")
    narrower = finder.find([first, second], "two")
    assert narrower[narrower.near(two)].run_id == "r2"
    assert narrower.first_from("r2") == 1
    assert narrower.first_from("gone") == 0
    only_first = finder.find([first, second], "one")
    assert only_first.near(two) == 0
    assert [hit.run_id for hit in hits[-1:]] == ["r2"]
    with pytest.raises(IndexError):
        only_first[1]
    assert len(finder.find([first, second], "")) == 0


def _talk(arguments: str, *, spoken: str = "", run: str = "r") -> Conversation:
    """A turn with one call, and with the text decoded from it."""
    given = ev.RunInput(thread_id="t", run_id=run, messages=[ev.InputMessage(id="q", role="user", content="?")])
    events: list[ev.Event] = [
        ev.RunStarted(thread_id="t", run_id=run, input=given),
        ev.StepStarted(step_name="s"),
        ev.ToolCallStart(tool_call_id="c", tool_call_name="go"),
        ev.ToolCallArgs(tool_call_id="c", delta=arguments),
        ev.ToolCallEnd(tool_call_id="c"),
    ]
    if spoken:
        events += [
            ev.TextMessageStart(message_id="m", metadata={"toolCallId": "c"}),
            ev.TextMessageContent(message_id="m", delta=spoken),
            ev.TextMessageEnd(message_id="m"),
        ]
    return Conversation(events)
