"""Thoughts at the head of a text are told from the text behind them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sources.replies.thinking import ThoughtSplitter
from tests.agent.strategies import pieces_of


def split(*pieces: str) -> tuple[str, str]:
    """Reasoning and text."""
    splitter = ThoughtSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)] + splitter.end()
    return "".join(t for kind, t in parts if kind == "reasoning"), "".join(t for kind, t in parts if kind == "text")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("<think>Two and three.</think>5", ("Two and three.", "5")),
        ("\n<think>\nHm.\n</think>\n\n5", ("Hm.\n", "5")),
        ("<think>\n\n</think>\n\n5", ("", "5")),
        ("[THINK]Hm.[/THINK]5", ("Hm.", "5")),
        ("<thought>Hm.</thought>5", ("Hm.", "5")),
        ("<think>cut", ("cut", "")),
        ("<think>a </thin b</think>5", ("a </thin b", "5")),
        ("Say <think>x</think>", ("", "Say <think>x</think>")),
        ("<think>a</think>5 <think>b</think>", ("a", "5 <think>b</think>")),
        ("<thi", ("", "<thi")),
        ("<p>5</p>", ("", "<p>5</p>")),
        ("  5", ("", "  5")),
        ("", ("", "")),
    ],
)
def test_only_what_is_between_marks_at_the_head_is_thought(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts
    assert split(*text) == parts


_WORDS = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "/", "think", "[THINK]", "[/THINK]", " ", "\n", "5", "é"])
)


@given(_WORDS.map("".join), st.data())
def test_chunking_changes_nothing_and_nothing_is_lost(text: str, data: Any) -> None:
    assert split(*pieces_of(data.draw, text)) == split(text)
    if not text.lstrip().startswith(("<think>", "[THINK]")):
        assert split(text) == ("", text)


def test_text_is_held_back_no_longer_than_it_may_be_a_mark() -> None:
    splitter = ThoughtSplitter()
    assert splitter.feed("<t") == []
    assert splitter.feed("d>") == [("text", "<td>")]
    assert splitter.feed("<think>") == [("text", "<think>")]
