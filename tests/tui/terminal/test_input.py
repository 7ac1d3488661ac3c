"""A terminal's bytes become the same tokens however they are split; nothing is lost and nothing typed by mistake."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.input import InputReader, Pasted, Sequence, Token, Typed

_LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), max_size=8)
_SEQUENCES = st.sampled_from(
    [
        "\x1b[A",
        "\x1b[1;5C",
        "\x1b[105;1:3u",
        "\x1b[97:65;2;65u",
        "\x1b[<35;10;20M",
        "\x1b[M !!",
        "\x1b[[A",
        "\x1bOP",
        "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        "\x1b]52;c;aGk=\x07",
        "\x1bP>|XTerm(390)\x1b\\",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b[?2026;2$y",
        "\x1bb",
        "\x1bк",
        "\x1b\r",
        "\x1b\x7f",
    ]
)
_PASTES = st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace").replace(b"\x1b[201~", b""))


@st.composite
def _pieces(draw: st.DrawFn) -> tuple[list[Token], bytes]:
    """What a terminal sends, with the tokens that are meant."""
    kind = draw(st.sampled_from(["typed", "sequence", "paste"]))
    if kind == "typed":
        text = draw(_LETTERS)
        return ([Typed(text)] if text else []), text.encode()
    if kind == "sequence":
        text = draw(_SEQUENCES)
        return [Sequence(text)], text.encode()
    paste = draw(_PASTES)
    return [Pasted(paste.decode())], b"\x1b[200~" + paste + b"\x1b[201~"


def _split(data: bytes, places: list[int]) -> list[bytes]:
    cuts = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(cuts)]


def _joined(tokens: list[Token]) -> list[Token]:
    """With neighbouring text as one token: text is given out as it comes."""
    joined: list[Token] = []
    for token in tokens:
        if isinstance(token, Typed) and joined and isinstance(joined[-1], Typed):
            joined[-1] = Typed(joined[-1].text + token.text)
        else:
            joined.append(token)
    return joined


def _read(*chunks: bytes) -> list[Token]:
    reader = InputReader()
    return _joined([token for chunk in chunks for token in reader.feed(chunk)])


@given(st.lists(_pieces(), max_size=8), st.lists(st.integers(0, 10_000), max_size=20))
def test_how_the_bytes_were_split_makes_no_difference(
    pieces: list[tuple[list[Token], bytes]], places: list[int]
) -> None:
    data = b"".join(sent for _, sent in pieces)
    meant = _joined([token for tokens, _ in pieces for token in tokens])
    assert _read(*_split(data, places)) == meant


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_no_bytes_whatever_break_the_reader_and_a_key_after_them_is_read(chunks: list[bytes]) -> None:
    reader = InputReader()
    for chunk in chunks:
        reader.feed(chunk)
        reader.give_up()
    reader.give_up()
    assert reader.feed(b"q")[-1:] == [Typed("q")]


@given(st.binary(max_size=60))
def test_bytes_that_are_no_text_are_replacement_characters_and_none_is_lost(data: bytes) -> None:
    typed = data.replace(b"\x1b", b"")
    reader = InputReader()
    tokens = [*reader.feed(typed), *reader.give_up()]
    text = "".join(token.text for token in tokens)
    assert text == typed.decode("utf-8", "replace")


@given(_PASTES, st.lists(st.integers(0, 10_000), max_size=5))
def test_a_paste_is_one_paste_though_the_line_falls_silent_within_it(paste: bytes, places: list[int]) -> None:
    reader = InputReader()
    tokens = reader.feed(b"\x1b[200~")
    for chunk in _split(paste + b"\x1b[201~", places):
        assert reader.patience is not None
        assert reader.patience > 1, "a pause of a second is no end"
        tokens += reader.feed(chunk)
    assert tokens == [Pasted(paste.decode())]
    assert reader.patience is None


def test_a_paste_whose_end_never_comes_is_given_out_and_the_keys_live_again() -> None:
    reader = InputReader()
    reader.feed(b"\x1b[200~half of it")
    assert reader.give_up() == [Pasted("half of it")]
    assert reader.patience is None
    assert reader.feed(b"\x03") == [Typed("\x03")]
    assert reader.feed(b"a") == [Typed("a")]


def test_a_paste_that_goes_on_after_a_long_silence_is_still_no_typing() -> None:
    reader = InputReader()
    reader.feed(b"\x1b[200~half of it")
    reader.give_up()
    assert reader.feed(b" and the other half\rof it\x1b[201~x") == [Pasted(" and the other half\rof it"), Typed("x")]


def test_an_escape_alone_is_the_key_after_a_moment() -> None:
    reader = InputReader()
    assert reader.feed(b"\x1b") == []
    assert reader.patience == pytest.approx(0.1)
    assert reader.give_up() == [Sequence("\x1b")]
    assert reader.feed(b"a") == [Typed("a")]


def test_escape_twice_and_an_arrow_are_a_key_and_an_arrow() -> None:
    assert _read(b"\x1b\x1b[A") == [Sequence("\x1b"), Sequence("\x1b[A")]


@pytest.mark.parametrize(
    "late",
    [
        b"[200~text\r\x1b[201~",
        b"[<35;10;20M",
        b"[1;5C",
        b"[?2026;2$y",
        b"[A",
        b"OP",
        b"[I",
        b"]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"]4;1;rgb:0/0/0\x07",
        b"]52;c;aGk=\x07",
        b"P>|XTerm(390)\x1b\\",
        b"P1+r544e=78\x1b\\",
        b"_Gi=1;OK\x1b\\",
    ],
)
def test_a_sequence_whose_first_byte_came_too_early_is_not_typed(late: bytes) -> None:
    reader = InputReader()
    reader.feed(b"\x1b")
    reader.give_up()
    assert not any(isinstance(token, Typed) for token in reader.feed(late))


@pytest.mark.parametrize("cut", [b"\x1b[<35;10", b"\x1b]11;rgb:ff", b"\x1bP>|XTe", b"\x1b[?2026"])
def test_what_is_left_of_a_sequence_is_dropped(cut: bytes) -> None:
    reader = InputReader()
    assert reader.feed(cut) == []
    assert reader.patience is not None
    assert reader.patience > 1, "the rest may be on its way over a slow line"
    assert reader.give_up() == []


@pytest.mark.parametrize("cut", [b"\x1b[<35;10", b"\x1b]11;rgb:ff", b"\x1bP>|XTe", b"\x1b_Gi=1"])
@pytest.mark.parametrize(
    ("key", "token"), [(b"\r", Typed("\r")), (b"\x1b[A", Sequence("\x1b[A")), (b"\x03", Typed("\x03"))]
)
def test_a_sequence_that_is_broken_off_by_a_key_does_not_swallow_it(cut: bytes, key: bytes, token: Token) -> None:
    assert _read(cut + key) == [token]


@pytest.mark.parametrize("letter", ["[", "O", "]", "P", "_"])
def test_alt_with_what_begins_a_sequence_is_a_key(letter: str) -> None:
    reader = InputReader()
    assert reader.feed(f"\x1b{letter}".encode()) == []
    assert reader.give_up() == [Sequence(f"\x1b{letter}")]


def test_alt_with_a_letter_that_begins_a_string_does_not_swallow_what_is_typed_behind_it() -> None:
    assert _read(b"\x1bPx") == [Sequence("\x1bP"), Typed("x")]
    assert _read(b"\x1b]x") == [Sequence("\x1b]"), Typed("x")]


def test_two_megabytes_are_one_paste() -> None:
    paste = b"line of a paste\r" * 130_000
    data = b"\x1b[200~" + paste + b"\x1b[201~"
    chunks = [data[at : at + 4095] for at in range(0, len(data), 4095)]
    assert _read(*chunks) == [Pasted(paste.decode())]
