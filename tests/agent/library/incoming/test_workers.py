"""Files that are read side by side become what they become one by one, and nothing is left of those nobody wants."""

import os
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from agent.library.incoming.copying import Copied
from agent.library.incoming.taking import Took, take_all
from agent.library.incoming.workers import Outcome, copies
from agent.library.library import Library
from tests.agent.formats.imports.reading import SAMPLES

MUCH = 2**30
"""Bytes that are worth any number of processes."""

pytestmark = pytest.mark.skipif(os.cpu_count() == 1, reason="nothing goes on side by side")


def test_files_read_side_by_side_become_what_they_become_one_by_one(tmp_path: Path) -> None:
    no_session = tmp_path / "notes.jsonl"
    no_session.write_text("nothing\n")
    paths = [*sorted(SAMPLES.iterdir()), no_session, tmp_path / "gone"]
    alone = [_told(outcome) for outcome in copies(tmp_path / "alone", paths, 0)]
    together = [_told(outcome) for outcome in copies(tmp_path / "together", paths, MUCH)]
    assert together == alone
    assert [isinstance(told, str) for told in alone[-2:]] == [True, True]


def test_of_what_nobody_wants_any_more_nothing_is_left(tmp_path: Path) -> None:
    with closing(copies(tmp_path, sorted(SAMPLES.iterdir()), MUCH)) as outcomes:
        first = next(outcomes)
    assert isinstance(first, Copied)
    first.discard()
    assert list((tmp_path / "sessions").iterdir()) == []


def test_a_process_that_is_lost_costs_the_file_that_it_was_at(tmp_path: Path) -> None:
    good = SAMPLES / "codex.jsonl"
    ending = cast("Path", "no path, which ends the process")
    first, lost, *others = copies(tmp_path, [good, ending, good, good], MUCH)
    assert "ended too soon" in str(lost)
    assert all(isinstance(outcome, Copied) for outcome in (first, *others))


def test_a_file_named_twice_is_taken_once(tmp_path: Path) -> None:
    link = tmp_path / "link.jsonl"
    link.symlink_to(SAMPLES / "codex.jsonl")
    took = [*take_all(Library(tmp_path / "data"), [SAMPLES / "codex.jsonl", link])]
    assert [one.is_new for one in took if isinstance(one, Took)] == [True, False]


def _told(outcome: Outcome) -> object:
    """What a file became, whatever its copies are called."""
    if not isinstance(outcome, Copied):
        return f"{type(outcome).__name__}: {outcome}"
    facts = [(copy.path.read_bytes(), copy.created, copy.size, copy.title, copy.is_asked) for copy in outcome.copies]
    return facts, outcome.problems
