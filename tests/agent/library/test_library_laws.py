"""The library against a plain model: whatever is done to the files, by whom and to the index, both say the same."""

import os
import random
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.conversation.items import Message, ToolCall
from agent.conversation.reducer import Conversation
from agent.errors import TranscriptError
from agent.events.types import Event
from agent.events.wire import encode
from agent.library.library import Library
from agent.library.listing import SessionInfo
from agent.reading.lines import read_lines
from tests.agent.saving import append, turn
from tests.agent.strategies import FEWER, cut_runs

WORDS = ["alpha", "alpine", "beta", "b", "gamma", "delta", "deltoid", "omega9"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
QUERIES = [*WORDS, "al", "d", "alpha beta", "b gamma del", "nowhere", '"alpha beta"', '"b"']


@dataclass
class Said:
    """What the user said of a session."""

    title: str | None = None
    pinned: bool = False
    place: dict[str, Any] | None = None


@dataclass
class Model:
    """What there should be: the sessions by where they are, and what was said of them."""

    saved: set[str] = field(default_factory=set)
    trash: set[str] = field(default_factory=set)
    said: dict[str, Said] = field(default_factory=dict)


def texts_of(path: Path) -> list[str]:
    """All that can be found in a file, by reading it."""
    conversation = Conversation(line.event for line in read_lines(path) if line.event is not None)
    found: list[str] = []
    for run in conversation.runs:
        found.append(run.question)
        for item in (item for step in run.steps for item in step.items):
            if isinstance(item, Message):
                found.append(item.fragments.text)
            elif isinstance(item, ToolCall):
                found += [item.name, item.fragments.text, item.result or ""]
    return found


def has(texts: list[str], query: str) -> bool:
    """Whether all of a query stands in some texts, word for word."""
    spoken = [text.replace('"', " ").replace("{", " ").replace("}", " ").replace(":", " ").split() for text in texts]
    if query.startswith('"'):
        wanted = query.strip('"').split()
        return any(text[at : at + len(wanted)] == wanted for text in spoken for at in range(len(text)))
    return all(any(word.startswith(part) for text in spoken for word in text) for part in query.split())


class LibraryMachine(RuleBasedStateMachine):
    """Two instances of the library, a text editor, and a vandal."""

    @initialize()
    def begin(self) -> None:
        self.data = Path(tempfile.mkdtemp())
        self.libraries = [Library(self.data), Library(self.data)]
        self.model = Model()
        self.count = 0

    def teardown(self) -> None:
        if hasattr(self, "data"):
            shutil.rmtree(self.data)

    def path(self, name: str) -> Path:
        return self.data / ("sessions" if name in self.model.saved else "trash") / f"{name}.jsonl"

    def pick(self, data: st.DataObject, names: set[str]) -> str:
        return data.draw(st.sampled_from(sorted(names)))

    # What a program does

    @rule(question=TEXTS, answer=TEXTS, result=TEXTS, ended=st.booleans())
    def write_session(self, question: str, answer: str, result: str, ended: bool) -> None:
        self.count += 1
        name = f"20261123-{self.count:06}"
        self.model.saved.add(name)
        self.model.said[name] = Said()
        append(self.path(name), turn(self.count, question, answer=answer, result=result, ended=ended))

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), question=TEXTS, word=st.sampled_from(WORDS), ended=st.booleans())
    def go_on(self, data: st.DataObject, question: str, word: str, ended: bool) -> None:
        self.count += 1
        events = turn(self.count, question, arguments=f'{{"{word}": "{word}"}}', tool=word, ended=ended)
        append(self.path(self.pick(data, self.model.saved)), events)

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), title=st.none() | TEXTS, which=st.integers(0, 1))
    def rename(self, data: st.DataObject, title: str | None, which: int) -> None:
        name = self.pick(data, self.model.saved)
        self.libraries[which].rename(name, title)
        self.model.said[name].title = title or None

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), pinned=st.booleans(), which=st.integers(0, 1))
    def pin(self, data: st.DataObject, pinned: bool, which: int) -> None:
        name = self.pick(data, self.model.saved)
        self.libraries[which].pin(name, pinned)
        self.model.said[name].pinned = pinned

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), line=st.none() | st.integers(0, 9), which=st.integers(0, 1))
    def leave(self, data: st.DataObject, line: int | None, which: int) -> None:
        name = self.pick(data, self.model.saved)
        place = None if line is None else {"run": "run-1", "line": line}
        self.libraries[which].set_place(name, place)
        self.model.said[name].place = place

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), which=st.integers(0, 1))
    def delete(self, data: st.DataObject, which: int) -> None:
        name = self.pick(data, self.model.saved)
        self.libraries[which].delete(name)
        self.model.saved.remove(name)
        self.model.trash.add(name)

    @precondition(lambda self: self.model.trash)
    @rule(data=st.data(), which=st.integers(0, 1), for_good=st.booleans())
    def restore_or_purge(self, data: st.DataObject, which: int, for_good: bool) -> None:
        name = self.pick(data, self.model.trash)
        self.model.trash.remove(name)
        if for_good:
            self.libraries[which].purge(name)
            del self.model.said[name]
        else:
            self.libraries[which].restore(name)
            self.model.saved.add(name)

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), which=st.integers(0, 1))
    def update_one(self, data: st.DataObject, which: int) -> None:
        self.libraries[which].update(self.pick(data, self.model.saved))

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), which=st.integers(0, 1))
    def import_a_copy(self, data: st.DataObject, which: int) -> None:
        source = self.path(self.pick(data, self.model.saved))
        if not any(line.event is not None for line in read_lines(source)):
            with pytest.raises(TranscriptError, match=r"is no recording|is empty"):
                self.libraries[which].import_file(source)
            return
        (name,) = self.libraries[which].import_file(source).sessions
        self.model.saved.add(name)
        has_question = self.libraries[which].info(name).title != source.stem
        self.model.said[name] = Said(None if has_question else source.stem)
        kept = [line.raw for line in read_lines(source) if line.event is not None]
        assert self.path(name).read_bytes() == b"".join(raw + b"\n" for raw in kept)

    # What a hand does

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), word=st.sampled_from(WORDS), other=st.sampled_from(WORDS))
    def edit(self, data: st.DataObject, word: str, other: str) -> None:
        path = self.path(self.pick(data, self.model.saved))
        path.write_bytes(path.read_bytes().replace(word.encode(), other.encode()))

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data(), junk=st.sampled_from([b"", b"{]\n", b"\n\n", b'{"type":"CUSTOM","name":"x"}\n', b'{"ty']))
    def cut_and_add(self, data: st.DataObject, junk: bytes) -> None:
        path = self.path(self.pick(data, self.model.saved))
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(1, len(whole)))] + junk)

    @precondition(lambda self: self.model.saved)
    @rule(data=st.data())
    def remove_by_hand(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.saved)
        self.path(name).unlink()
        self.model.saved.remove(name)

    # What happens to the index

    @rule(
        how=st.sampled_from(["delete", "empty", "noise", "other program", "other tables", "cut"]),
        seed=st.integers(0, 99),
    )
    def spoil_the_index(self, how: str, seed: int) -> None:
        (path,) = self.data.glob("index-*.sqlite3")
        choose = random.Random(seed)
        match how:
            case "delete":
                path.unlink()
            case "empty":
                path.write_bytes(b"")
            case "noise":
                path.write_bytes(choose.randbytes(5_000))
            case "cut":
                os.truncate(path, choose.randrange(path.stat().st_size))
            case "other program" | "other tables":
                path.unlink()
                db = sqlite3.connect(path)
                db.execute("CREATE TABLE sessions (x)")
                if how == "other tables":
                    db.execute(f"PRAGMA application_id = {0x7469636B}")
                db.close()

    # What must hold

    @invariant()
    def lists_and_searches_agree_with_the_files(self) -> None:
        if not hasattr(self, "data"):
            return
        first, second = self.libraries
        first.refresh(gentle=False)
        # Damage is noticed by what reads it, and told.
        for query in QUERIES:
            second.search(query)
        for name in self.model.saved:
            second.turns(name)
        if first.needs_refresh:
            first.refresh(gentle=False)
        infos = {info.id: info for info in second.sessions()}
        assert infos.keys() == {name for name in self.model.saved if self.path(name).stat().st_size}
        for name, info in infos.items():
            self.check(name, info)
        assert {info.id for info in second.deleted()} == self.model.trash
        texts = {name: [*texts_of(self.path(name)), self.model.said[name].title or ""] for name in self.model.saved}
        for query in QUERIES:
            found = second.search(query)
            assert [one.session.id for one in found] == [
                info.id for info in second.sessions() if has(texts[info.id], query)
            ], query
            for limit in (1, 2, 4):
                assert second.search(query, limit) == found[:limit]

    def check(self, name: str, info: SessionInfo) -> None:
        runs = Conversation(line.event for line in read_lines(self.path(name)) if line.event is not None).runs
        said = self.model.said[name]
        assert info.turns == len(runs)
        assert info.title == (said.title or next((run.question for run in runs if run.question), ""))
        assert info.pinned == said.pinned
        assert self.libraries[0].place(name) == said.place
        assert [turn.run_id for turn in self.libraries[1].turns(name)] == [run.id for run in runs]


TestLibrary = LibraryMachine.TestCase
TestLibrary.settings = settings(max_examples=max(settings().max_examples // 12, 1), stateful_step_count=12)


@FEWER
@given(st.lists(cut_runs(), min_size=1, max_size=3), st.data())
def test_an_index_that_grew_with_its_files_equals_one_made_of_them(
    parts: list[list[Event]], data: st.DataObject
) -> None:
    whole = b"".join(encode(event) + b"\n" for events in parts for event in events)
    with tempfile.TemporaryDirectory() as folder:
        grown, path = Library(Path(folder)), Path(folder) / "sessions" / "one.jsonl"
        path.parent.mkdir()
        cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
            with path.open("ab") as file:
                file.write(whole[start:end])
            grown.refresh(gentle=False)
        fresh_folder = Path(folder) / "fresh"
        shutil.copytree(path.parent, fresh_folder / "sessions")
        fresh = Library(fresh_folder)
        fresh.refresh(gentle=False)
        assert [info.id for info in grown.sessions()] == [info.id for info in fresh.sessions()]
        for old, new in zip(grown.sessions(), fresh.sessions(), strict=True):
            assert (old.title, old.turns, old.problem, old.model, old.created, old.parent) == (
                (new.title, new.turns, new.problem, new.model, new.created, new.parent)
            )
            assert grown.turns(old.id) == fresh.turns(old.id)
        for query in ("a", "add", "look up", "0", "red", "it"):
            assert [found.matches for found in grown.search(query)] == [found.matches for found in fresh.search(query)]
