"""The terminal's title, and calling a user who looks elsewhere."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.attention import call_sequence, title_sequence

STATES: st.SearchStrategy[Literal["idle", "running", "asks"]] = st.sampled_from(["idle", "running", "asks"])


@given(st.text(max_size=300), STATES, st.booleans())
def test_nothing_in_a_title_is_obeyed_by_the_terminal(
    title: str, state: Literal["idle", "running", "asks"], ascii: bool
) -> None:
    sequence = title_sequence(title, state, ascii=ascii)
    assert sequence.startswith("\x1b]2;")
    assert sequence.endswith("tickertape\x07")
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in sequence[4:-1])
    assert len(sequence) < 120


def test_the_state_stands_before_the_title() -> None:
    assert title_sequence("taxes", "running", ascii=False) == "\x1b]2;● taxes - tickertape\x07"
    assert title_sequence("taxes", "asks", ascii=True) == "\x1b]2;? taxes - tickertape\x07"
    assert title_sequence("", "idle", ascii=True) == "\x1b]2;tickertape\x07"


@pytest.mark.parametrize(("how", "sequence"), [("off", ""), ("bell", "\x07"), ("notify", "\x1b]9;Done: a b\x07")])
def test_a_call_is_the_bell_a_notification_or_nothing(how: Literal["off", "bell", "notify"], sequence: str) -> None:
    assert call_sequence(how, "Done: a\n\tb", {}) == sequence


def test_a_notification_comes_through_tmux_and_screen() -> None:
    assert call_sequence("notify", "Done", {"TMUX": "x"}).endswith("\x1bPtmux;\x1b\x1b]9;Done\x07\x1b\\")
    assert call_sequence("notify", "Done", {"STY": "x"}).endswith("\x1bP\x1b]9;Done\x07\x1b\\")
    assert call_sequence("bell", "Done", {"TMUX": "x"}) == "\x07"
