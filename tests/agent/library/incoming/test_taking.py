"""What other programs left is taken in once, anew where it grew, and never over what the user did."""

import os
import shutil
from pathlib import Path

import pytest

from agent.library.incoming.elsewhere import TakenList, discover, files_in
from agent.library.incoming.taking import take
from agent.library.library import Library
from tests.agent.formats.imports.reading import SAMPLES

_MORE = b"""\
{"timestamp":"2026-04-02T09:00:00.000Z","type":"event_msg","payload":{"type":"user_message","message":"One more."}}
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "data")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / "codex.jsonl", tmp_path / "any-name.jsonl"))


def test_importing_twice_changes_nothing(library: Library, source: Path) -> None:
    first = take(library, source, is_named=True)
    files = {path.name: path.read_bytes() for path in library.path("x").parent.iterdir()}
    again = take(library, source, is_named=True)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.sessions == again.sessions
    assert {path.name: path.read_bytes() for path in library.path("x").parent.iterdir()} == files


def test_what_grew_is_followed_under_the_same_id_and_title(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=True).sessions
    library.rename(session, "Mine")
    with source.open("ab") as file:
        file.write(_MORE)
    assert take(library, source, is_named=False).sessions == [session]
    assert [turn.question for turn in library.turns(session)] == ["Run both checks.", "Again.", "One more."]
    assert [info.title for info in library.sessions()] == ["Mine"]


def test_a_session_that_was_gone_on_with_is_left_as_it_is(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=True).sessions
    with library.path(session).open("ab") as file:
        file.write(b'{"type":"CUSTOM","name":"mine"}\n')
    before = library.path(session).read_bytes()
    with source.open("ab") as file:
        file.write(_MORE)
    took = take(library, source, is_named=False)
    assert (took.sessions, len(took.problems)) == ([session], 2)
    assert library.path(session).read_bytes() == before


def test_what_was_thrown_away_comes_back_only_by_its_name(library: Library, source: Path) -> None:
    (session,) = take(library, source, is_named=False).sessions
    library.delete(session)
    assert not take(library, source, is_named=False).is_new
    assert not library.sessions()
    (other,) = take(library, source, is_named=True).sessions
    assert [info.id for info in library.sessions()] == [other]


def test_a_list_of_imports_that_is_broken_is_as_none(library: Library, source: Path) -> None:
    take(library, source, is_named=True)
    (library.data_dir / "imports.json").write_text("{")
    assert TakenList(library.data_dir).read() == {}
    assert take(library, source, is_named=True).is_new


def test_the_usual_places_are_looked_into_and_links_are_not_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    codex, claude = home / ".codex/sessions/2026/04/02", home / ".claude/projects/-home-ada"
    for folder in (codex, claude / "s1" / "subagents"):
        folder.mkdir(parents=True)
    for path in (codex / "rollout-1.jsonl", codex / "notes.txt", claude / "a.jsonl", claude / "s1/subagents/b.jsonl"):
        path.write_text("{}\n")
    (claude / "loop").symlink_to(home, target_is_directory=True)
    os.utime(claude / "a.jsonl", (1, 1))
    found = discover(home, {})
    assert [(each.program, each.path.name) for each in found] == [
        ("codex", "rollout-1.jsonl"),
        ("claude-code", "a.jsonl"),
    ]
    assert [path.name for path in files_in(claude)] == ["a.jsonl", "b.jsonl"]
    assert discover(home, {"CODEX_HOME": str(tmp_path), "CLAUDE_CONFIG_DIR": str(tmp_path)}) == []
