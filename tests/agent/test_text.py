"""What foreign text becomes before it is drawn."""

import pytest

from agent.text import visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("over\u202eride", "over<U+202E>ride"),
        ("isolate\u2066d", "isolate<U+2066>d"),
        ("line\r\nend\tand tab", "line\nend\tand tab"),
    ],
)
def test_what_a_terminal_would_obey_is_seen(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "ภาษา\u200bไทย",
        "שלום\u200f (abc)\u200e",
        "می\u200cخواهم",
        "👩\u200d👧",
        "\ufeffbegins with a mark",
        "so\u00adft",
    ],
)
def test_what_only_orders_or_joins_letters_stays_unseen(text: str) -> None:
    assert visible(text) == text


def test_a_flood_of_what_has_no_width_is_not_drawn() -> None:
    assert visible("a" + "\u200b\u200e" * 10_000 + "b") == "a" + "\u200b\u200e" * 4 + "b"
