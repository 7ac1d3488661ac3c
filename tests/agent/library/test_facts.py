"""Sessions are found by their facts: who wrote them, which model, which tool was called, whether something failed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.library.library import Library
from agent.library.listing import MatchKind
from agent.library.words import Query, fact, words
from tests.agent.formats.imports.reading import SAMPLES


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("data"))
    for name in ("claude_code.jsonl", "codex.jsonl", "gemini_0_8.json"):
        library.import_file(SAMPLES / name)
    return library


@pytest.mark.parametrize(
    ("query", "origins"),
    [
        ("from:codex", {"codex"}),
        ("FROM:claude", {"claude-code"}),
        ("model:gpt-test", {"codex"}),
        ("model:gemini-test-0", {"gemini-cli"}),
        ("tool:exec_command", {"codex"}),
        ("tool:weather rome", {"claude-code"}),
        ("failed", {"claude-code", "codex"}),
        ("from:codex rome", set()),
        ("codex", set()),
        ("from", set()),
    ],
)
def test_a_fact_finds_the_sessions_that_have_it(library: Library, query: str, origins: set[str]) -> None:
    assert {found.session.origin for found in library.search(query)} == origins


def test_a_fact_is_shown_as_it_is_asked_for(library: Library) -> None:
    (found,) = library.search("from:codex")
    assert {match.kind for match in found.matches} == {MatchKind.FACT}
    assert "".join(piece.text for piece in found.matches[0].context) == "from:codex"


def test_what_an_imported_sessions_times_are_worth_stands_in_the_list(library: Library) -> None:
    assert {session.origin: session.timing for session in library.sessions()} == {
        "claude-code": "blocks",
        "codex": "items",
        "gemini-cli": "items",
    }


@given(st.sampled_from(["from", "model", "tool"]), st.text(min_size=1).filter(lambda text: len(words(text)) > 0))
def test_any_fact_is_covered_by_its_own_query(name: str, value: str) -> None:
    asked = "".join(value.split()).replace('"', "")
    if asked[:1].isalnum():
        assert Query(f"{name}:{asked}").covers(fact(name, asked)) == {0}
