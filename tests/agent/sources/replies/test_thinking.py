"""Thoughts at the head of a text are told from the text behind them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sources.replies.thinking import ThoughtSplitter
from tests.agent.strategies import pieces_of


def split(*pieces: str) -> tuple[str, str]:
    """Reasoning and text, as they are known in the end."""
    splitter = ThoughtSplitter()
    reasoning, text = "", ""
    for kind, part in [part for piece in pieces for part in splitter.feed(piece)] + splitter.end():
        match kind:
            case "reasoning":
                reasoning += part
            case "text":
                text += part
            case "unmarked":
                reasoning, text = text, ""
    return reasoning, text


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
        ("<seed:think>Hm.</seed:think>5", ("Hm.", "5")),
        ("<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>5", ("Hm.", "5")),
        ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>5", ("Hm.", "5")),
        ("<|channel|>analysis<|message|>Hm.<|end|><|start|>other", ("Hm.", "<|start|>other")),
        ("", ("", "")),
    ],
)
def test_only_what_is_between_marks_at_the_head_is_thought(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts
    assert split(*text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Two and three.</think>5", ("Two and three.", "5")),
        ("Two and three.\n</think>\n\n5", ("Two and three.\n", "5")),
        ("</think>\n\n5", ("", "5")),
        ("Hm.</think>", ("Hm.", "")),
        ("a < b </thin </think>5", ("a < b </thin ", "5")),
        ("Hm.[/THINK]5", ("Hm.", "5")),
        ("Hm.</think>5 and </think>", ("Hm.", "5 and </think>")),
        ("'Hm.'</think>5", ("'Hm.'", "5")),
        ("The mark `</think>` ends it.", ("", "The mark `</think>` ends it.")),
        ("The mark '</think>' ends it.", ("", "The mark '</think>' ends it.")),
        ('It ends with "</think>', ("", 'It ends with "</think>')),
        ("```\n</think>\n```", ("", "```\n</think>\n```")),
        ("`a` Hm.</think>5", ("`a` Hm.", "5")),
        ("`</think>` Hm.</think>5", ("`</think>` Hm.", "5")),
    ],
)
def test_a_closing_mark_alone_makes_a_thought_of_what_came_before_it_unless_it_is_quoted(
    text: str, parts: tuple[str, str]
) -> None:
    assert split(text) == parts
    assert split(*text) == parts


_MARKS = ["<think>", "</think>", "[THINK]", "[/THINK]", "<|END_THINKING|>", "<|START_RESPONSE|>"]
_WORDS = st.lists(st.sampled_from([*_MARKS, "<", "/", "think", " ", "\n", "5", "é", "`", "'"]))


@given(_WORDS.map("".join), st.data())
def test_chunking_changes_nothing_and_nothing_is_lost(text: str, data: Any) -> None:
    assert split(*pieces_of(data.draw, text)) == split(text)
    if not text.lstrip().startswith(("<think>", "[THINK]")) and not any(mark in text for mark in _MARKS):
        assert split(text) == ("", text)


def test_text_is_held_back_no_longer_than_it_may_be_a_mark() -> None:
    splitter = ThoughtSplitter()
    assert splitter.feed("<t") == []
    assert splitter.feed("d>") == [("text", "<td>")]
    assert splitter.feed("<think>") == [("text", "<think>")]
