"""Where a text stands in a conversation: the hits of a search, in reading order, and how many there are.

Owns what is searched and what counts as one hit. A query is found as it was typed, wherever upper and lower case
differ; accents count. What a reader sees of a text may differ from its source, so the owner may say how each is shown.
Knows no widget, no Markdown and no other session.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any, NamedTuple, overload

from agent.conversation.items import Interrupt, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.nesting import reading_order
from agent.conversation.run import Run

__all__ = ["Finder", "Hit", "HitKind", "Hits", "Shown", "argument_lines", "occurrences", "source_lines"]


class HitKind(StrEnum):
    """What a hit stands in."""

    QUESTION = "question"
    ANSWER = "answer"
    PREAMBLE = "preamble"
    """Text that came before a tool call."""
    REASONING = "reasoning"
    TOOL = "tool"
    """A tool's name."""
    ARGUMENTS = "arguments"
    RESULT = "result"
    ERROR = "error"
    """Why a run ended without an answer."""


class Hit(NamedTuple):
    """One place where the query stands."""

    run_id: str
    kind: HitKind
    item: str
    """Id of the message, reasoning or call; empty for a question and an error."""
    nth: int
    """Which one within that text, from 0."""
    name: str = ""
    """The tool's name, where it is a call's."""


Shown = Callable[[HitKind, str], Sequence[str]]
"""Gives the lines that a reader sees of a text; a line is never wrapped, and no hit reaches over its end."""


def source_lines(kind: HitKind, text: str) -> list[str]:
    """A text as it was written."""
    return text.split("\n")


def occurrences(text: str, query: str) -> list[tuple[int, int]]:
    """Where the query begins and ends in `text`, from left to right, none over another; there is none of ''."""
    sought = query.casefold()
    folded = text.casefold()
    if not sought or sought not in folded:
        return []
    found: list[tuple[int, int]] = []
    start = folded.find(sought)
    while start >= 0:
        found.append((start, start + len(sought)))
        start = folded.find(sought, start + len(sought))
    if len(folded) == len(text):  # folding never makes a character shorter, so none has moved
        return found
    origin = [index for index, character in enumerate(text) for _ in character.casefold()]
    return [(origin[start], origin[end - 1] + 1) for start, end in found]


@dataclass(slots=True)
class _Item:
    """One text of a run, read."""

    kind: HitKind
    id: str
    name: str
    state: tuple[object, ...]
    """What the text was read from; other text, other state."""
    text: str
    """The lines to search, folded and joined."""
    instead: str = ""
    """What is searched where nothing stands in `text`."""

    def count(self, sought: str) -> int:
        """How often the folded query stands in it."""
        return self.text.count(sought) or self.instead.count(sought)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found in one run."""

    run_id: str
    items: list[tuple[_Item, int]]
    """The texts with hits, and how many each has."""
    count: int


@dataclass(slots=True)
class _ReadRun:
    """One run, read, and what was found in it last."""

    run: Run
    version: int
    items: list[_Item]
    sought: str = ""
    found: _Found | None = None


class Hits(Sequence[Hit]):
    """The hits of one search in reading order; made when asked for, so that a million cost no more than one."""

    def __init__(self, runs: Sequence[_Found]) -> None:
        self._runs = runs
        self._ends = list(accumulate(run.count for run in runs))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> list[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | list[Hit]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        number = bisect_right(self._ends, index)
        nth = index - self._start(number)
        for item, count in self._runs[number].items:
            if nth < count:
                return Hit(self._runs[number].run_id, item.kind, item.id, nth, item.name)
            nth -= count
        raise IndexError(index)

    def near(self, hit: Hit) -> int:
        """The number that a hit of an earlier search has now; of the next one where it is gone, 0 after the last."""
        for number, run in enumerate(self._runs):
            if run.run_id == hit.run_id:
                index = self._start(number)
                for item, count in run.items:
                    if (item.kind, item.id) == (hit.kind, hit.item):
                        return index + min(hit.nth, count - 1)
                    index += count
        return self.first_from(hit.run_id)

    def first_from(self, run_id: str) -> int:
        """The number of the first hit in this run or one after it; 0 where there is none."""
        number = next((number for number, run in enumerate(self._runs) if run.run_id == run_id), 0)
        return self._start(number) if self._start(number) < len(self) else 0

    def _start(self, number: int) -> int:
        return self._ends[number - 1] if number else 0


class Finder:
    """Searches runs, and remembers what it has read: a run is read again only when it has changed."""

    def __init__(self, shown: Shown = source_lines) -> None:
        self._shown = shown
        self._read: dict[str, _ReadRun] = {}

    def reading(self, runs: Sequence[Run]) -> Iterator[Run]:
        """Read the runs that are new or have changed, one at each step, so that a search need not do it all at once."""
        for run in runs:
            read = self._read.get(run.id)
            if read is None or read.run is not run or read.version != run.version:
                self._read[run.id] = self._take(run)
                yield run

    def find(self, runs: Sequence[Run], query: str) -> Hits:
        """All hits of the query in these runs; those of the runs that were not read yet are read. '' has no hits."""
        sought = query.casefold()
        read = [self._take(run) for run in runs]
        self._read = {one.run.id: one for one in read}
        if not sought:
            return Hits([])
        return Hits([_sought_in(one, sought) for one in read])

    def _take(self, run: Run) -> _ReadRun:
        read = self._read.get(run.id)
        if read is not None and read.run is run:
            if read.version == run.version:
                return read
            before = {(item.kind, item.id): item for item in read.items}
        else:
            before = {}
        version = run.version
        items = []
        for kind, id_, name, source in _sources(run):
            item = before.get((kind, id_))
            if item is None or item.state != source.state:
                texts = ("\n".join(lines).casefold() for lines in source.texts(self._shown))
                item = _Item(kind, id_, name, source.state, *texts)
            items.append(item)
        return _ReadRun(run, version, items)


def _sought_in(read: _ReadRun, sought: str) -> _Found:
    if read.found is None or read.sought != sought:
        items = [(item, count) for item in read.items if (count := item.count(sought))]
        read.sought, read.found = sought, _Found(read.run.id, items, sum(count for _, count in items))
    return read.found


class _Source(NamedTuple):
    """A text that is there to be read."""

    state: tuple[object, ...]
    texts: Callable[[Shown], Iterator[Sequence[str]]]


def _sources(run: Run) -> Iterator[tuple[HitKind, str, str, _Source]]:
    """The texts of a run in reading order."""
    yield HitKind.QUESTION, "", "", _plain(HitKind.QUESTION, run.question)
    answers = {message.call_id for message in run.messages}
    for _step, item in reading_order(run):
        if isinstance(item, ToolCall):
            yield from _call_sources(item, is_answer=item.id in answers)
        elif not isinstance(item, Interrupt):
            yield _kind_of(item), item.id, "", _growing(_kind_of(item), item)
    if run.error:
        yield HitKind.ERROR, "", "", _plain(HitKind.ERROR, run.error)


def _kind_of(item: Message | Reasoning) -> HitKind:
    if isinstance(item, Reasoning) or item.kind in (MessageKind.INNER, MessageKind.SYSTEM):
        return HitKind.REASONING  # one line until it is unfolded
    return HitKind.ANSWER if item.kind is MessageKind.ANSWER else HitKind.PREAMBLE


def _plain(kind: HitKind, text: str) -> _Source:
    return _Source((text,), lambda shown: iter([shown(kind, text)]))


def _growing(kind: HitKind, item: Message | Reasoning) -> _Source:
    return _Source((len(item.fragments),), lambda shown: iter([shown(kind, item.fragments.text)]))


def _call_sources(call: ToolCall, *, is_answer: bool) -> Iterator[tuple[HitKind, str, str, _Source]]:
    yield HitKind.TOOL, call.id, call.name, _plain(HitKind.TOOL, call.name)

    def arguments(_shown: Shown) -> Iterator[Sequence[str]]:
        # The answer that is decoded from a call is searched as the message that it is, and not here a second time.
        text = call.fragments.text
        yield argument_lines(text, without="answer" if is_answer else None)
        if not is_answer:
            yield text.split("\n")

    yield HitKind.ARGUMENTS, call.id, call.name, _Source((len(call.fragments), is_answer), arguments)
    if call.result is not None:
        yield HitKind.RESULT, call.id, call.name, _plain(HitKind.RESULT, call.result)


def argument_lines(text: str, *, without: str | None = None) -> list[str]:
    """The values in a call's arguments, decoded, each behind its key; none where they are no JSON, or not yet.

    `without` is an outermost key that is left out.
    """
    try:
        # Numbers keep the text they were written in.
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return []
    if isinstance(value, dict):
        value.pop(without, None)
    lines: list[str] = []
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        label, value = waiting.pop()
        if isinstance(value, dict | list) and value:
            lines += [label] if label else []
            items = value.items() if isinstance(value, dict) else (("", child) for child in value)
            waiting += reversed([(f"{key}: " if key else "", child) for key, child in items])
        else:
            lines += f"{label}{_leaf(value)}".split("\n")
    return lines


def _leaf(value: Any) -> str:
    match value:
        case str():
            return value
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return "{}" if isinstance(value, dict) else "[]"
