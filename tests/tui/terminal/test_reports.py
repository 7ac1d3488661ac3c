"""Every way in which a terminal says a key is that key, and what is no key, or is no longer one, is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tui.terminal.reports import Background, Keys, Letters, report


def _key(sequence: str) -> str | None:
    """The name by which bindings know what the sequence says."""
    said = report(sequence)
    if not isinstance(said, Keys):
        return None
    keys = [event for event in XTermParser().feed(said.sequence) if isinstance(event, events.Key)]
    assert len(keys) == 1
    assert keys[0].key == "enter" or not keys[0].is_printable, "a command types nothing"
    return keys[0].key


@pytest.mark.parametrize(
    ("sequence", "key"),
    [
        ("\x1b[A", "up"),
        ("\x1bOA", "up"),
        ("\x1b[1;1:1A", "up"),
        ("\x1b[1;1:2A", "up"),
        ("\x1b[1;5A", "ctrl+up"),
        ("\x1bOb", "ctrl+down"),
        ("\x1b[1;3B", "alt+down"),
        ("\x1b[Z", "shift+tab"),
        ("\x1b[9;2u", "shift+tab"),
        ("\x1b[3~", "delete"),
        ("\x1b[5;2~", "shift+pageup"),
        ("\x1b[20~", "f9"),
        ("\x1b[[A", "f1"),
        ("\x1bOP", "f1"),
        ("\x1b[P", "f1"),
        ("\x1b[27u", "escape"),
        ("\x1b[13u", "enter"),
        ("\x1b[57414u", "enter"),
        ("\x1b[13;2u", "shift+enter"),
        ("\x1b[27;2;13~", "shift+enter"),
        ("\x1b\r", "alt+enter"),
        ("\x1b\n", "alt+enter"),
        ("\x1b[99;5u", "ctrl+c"),
        ("\x1b[27;5;99~", "ctrl+c"),
        ("\x1b[67;5u", "ctrl+c"),
        ("\x1b[99;69u", "ctrl+c"),
        ("\x1b[99;6u", "ctrl+shift+c"),
        ("\x1bb", "alt+b"),
        ("\x1bB", "alt+shift+b"),
        ("\x1b\x7f", "alt+backspace"),
        ("\x1b[", "alt+left_square_bracket"),
    ],
)
def test_a_key_is_the_same_however_it_is_said(sequence: str, key: str) -> None:
    assert _key(sequence) == key


@pytest.mark.parametrize(
    ("sequence", "key"),
    [
        ("\x1b[1089::99;5u", "ctrl+c"),
        ("\x1b[1089;5u", "ctrl+c"),
        ("\x1b[1057;5u", "ctrl+c"),
        ("\x1b[1089::99;5:1u", "ctrl+c"),
        ("\x1b[27;5;1089~", "ctrl+c"),
        ("\x1b[968;5u", "ctrl+c"),
        ("\x1b[1489;5u", "ctrl+c"),
        ("\x1b[1610;5u", "ctrl+d"),
        ("\x1b[12618;5u", "ctrl+c"),
        ("\x1b[1377::113;5u", "ctrl+q"),
        ("\x1bк", "alt+r"),
        ("\x1b[1082;3u", "alt+r"),
    ],
)
def test_ctrl_and_alt_mean_the_place_on_the_keyboard(sequence: str, key: str) -> None:
    assert _key(sequence) == key


def test_a_latin_layout_is_taken_at_its_word() -> None:
    assert _key("\x1b[99::105;5u") == "ctrl+c", "C of Dvorak stands on I"


@pytest.mark.parametrize(
    ("sequence", "text", "place"),
    [
        ("\x1b[97;;97u", "a", None),
        ("\x1b[97u", "a", None),
        ("\x1b[97:65;2;65u", "A", None),
        ("\x1b[97:65;2u", "A", None),
        ("\x1b[97;2u", "A", None),
        ("\x1b[97;65u", "A", None),
        ("\x1b[97;66u", "a", None),
        ("\x1b[49:33;2u", "!", None),
        ("\x1b[1085::121;;1085u", "н", "y"),
        ("\x1b[1085:1053:121;2;1053u", "Н", "Y"),
        ("\x1b[108;3;64u", "@", None),
        ("\x1b[57400u", "1", None),
        ("\x1b[57410;129u", "/", None),
        ("\x1b[233;;101:769u", "e\u0301", None),
    ],
)
def test_a_letter_is_typed_however_it_is_said(sequence: str, text: str, place: str | None) -> None:
    assert report(sequence) == Letters(text, place)


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[105;1:3u",
        "\x1b[97;1:3;97u",
        "\x1b[1;1:3A",
        "\x1b[3;1:3~",
        "\x1b[13;1:3u",
        "\x1b[97;1:9u",
        "\x1b[57441;2u",
        "\x1b[57358u",
        "\x1b[57999u",
        "\x1b[55296u",
        "\x1b[99999999u",
        "\x1b[7u",
        "\x1b[201~",
        "\x1b[99~",
        "\x1b[?62;22c",
        "\x1b[>41;390;0c",
        "\x1b[?1u",
        "\x1b[12;40R",
        "\x1b[1;2R",
        "\x1b[0n",
        "\x1b[?2027;0$y",
        "\x1b[4;600;800t",
        "\x1b]10;rgb:0000/0000/0000\x1b\\",
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1bP>|kitty(0.42)\x1b\\",
        "\x1bP1$r0m\x1b\\",
        "\x1b_Gi=31;OK\x1b\\",
        "\x1b[M !!",
        "\x1b[<128;3;3M",
        "\x1b[35;3;3M",
    ],
)
def test_what_is_no_press_of_a_key_is_nothing(sequence: str) -> None:
    assert report(sequence) is None


@pytest.mark.parametrize(
    ("sequence", "is_light"),
    [
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", True),
        ("\x1b]11;rgb:ff/fb/f0\x07", True),
        ("\x1b]11;rgba:ffff/ffff/ffff/8000\x07", True),
        ("\x1b]11;rgb:0000/0000/0000\x07", False),
        ("\x1b]11;rgb:2828/2c2c/3434\x1b\\", False),
        ("\x1b[?997;2n", True),
        ("\x1b[?997;1n", False),
    ],
)
def test_the_terminal_tells_whether_it_is_light(sequence: str, is_light: bool) -> None:
    assert report(sequence) == Background(is_light)


@given(st.text(st.sampled_from("0123456789:;<>?"), max_size=12), st.sampled_from("u~ABCDEFHPQRSZMmctny"))
def test_no_sequence_whatever_breaks_the_reading(parameters: str, final: str) -> None:
    said = report(f"\x1b[{parameters}{final}")
    if isinstance(said, Keys):
        assert list(XTermParser().feed(said.sequence)), "what is passed on is understood at once"
    elif isinstance(said, Letters):
        assert said.text.isprintable() or said.text, "what is typed is text"
