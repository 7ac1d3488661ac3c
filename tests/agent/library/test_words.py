"""What a word is: the same for the index, for a query and for the screen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.library.words import Query, spaced, words
from tests.agent.strategies import TEXTS

ANY = st.text(st.characters() | st.sampled_from("aéßİ東カ한\u0301\u00ad\u200d👩🏳 _-\"'*:()|ﬁΣς"), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Größe straße", ["grosse", "strasse"]),
        ("CAFÉ cafe\u0301", ["cafe", "cafe"]),
        ("get_weather(city='Zürich')", ["get", "weather", "city", "zurich"]),
        ("東京 Tower", ["東", "京", "tower"]),
        ("3.14 e-mail", ["3", "14", "e", "mail"]),
        ("so\u00adft 🎉x", ["soft", "🎉", "x"]),
        ("", []),
        ("- * \" ' ( )", []),
    ],
)
def test_words_are_in_their_common_form(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(ANY)
def test_words_stay_what_they_are(text: str) -> None:
    for word in words(text):
        assert words(word) == [word]
    for said in (text, ascii(text) * 9, f"  12→{text!a}•{'a' * 99}→b\n", f"→\x01{text!a}"):
        assert spaced(said).split() == words(said)
    assert words(text.upper()) == words(text.upper().lower()) or not text.isascii()
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(ANY)
def test_every_word_of_a_text_is_found_in_it_also_by_its_beginning(text: str) -> None:
    for word in words(text):
        for asked in (word, word[:1], f'"{word}"'):
            query = Query(asked)
            assert query.covers(text) == frozenset({0})
            for start, end in query.spans(text):
                assert 0 <= start < end <= len(text)
                assert any(marked.startswith(words(asked)[0]) for marked in words(text[start:end]))


@given(ANY, ANY)
def test_any_text_is_a_query_and_what_is_marked_is_in_the_text(asked: str, text: str) -> None:
    query = Query(asked)
    context = query.context(text)
    assert len("".join(piece.text for piece in context)) <= 140
    assert not any(char in piece.text for piece in context for char in "\n\r\t")
    assert any(piece.is_match for piece in context) == bool(query.covers(text))
    flat = " ".join(text.split())
    for piece in context:
        assert not piece.is_match or " ".join(piece.text.split()) in flat


@given(TEXTS, st.integers(0, 300), st.sampled_from(["needle", "Größe", "東京"]))
def test_what_stands_anywhere_is_in_its_context(before: str, count: int, needle: str) -> None:
    text = f"{before} " * count + needle + " after"
    context = Query(needle).context(text)
    assert needle in [piece.text for piece in context if piece.is_match]


def test_the_place_where_most_words_stand_together_is_shown() -> None:
    text = "alpha " + "x " * 200 + "alpha beta gamma " + "y " * 200 + "beta"
    context = Query("beta alpha").context(text)
    assert [piece.text for piece in context if piece.is_match] == ["alpha", "beta"]
    assert context[0].text == "…"
    assert context[-1].text.endswith("…")


@pytest.mark.parametrize(
    ("asked", "text", "is_there"),
    [
        ('"new york"', "in New York", True),
        ('"new york"', "in New Yorker", False),
        ('"new york', "in New Yorker", True),
        ('"new york"', "York, New", False),
        ("yor ne", "in New York", True),
        ("ork", "in New York", False),
        ("京都", "東京都", True),
        ("都京", "東京都", False),
        ("e-mai", "an E-Mail", True),
        ("x" * 100, "x" * 100, True),
        ("x" * 64, "x" * 100, True),
        ("AND OR", "this and that or", True),
    ],
)
def test_what_a_query_asks_for(asked: str, text: str, is_there: bool) -> None:
    query = Query(asked)
    assert (len(query.covers(text)) == len(query.terms)) is is_there


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("베이스", "데이터베이스를 고쳐줘"),
        ("데이터", "데이터베이스를 고쳐줘"),
        ("고쳐", "데이터베이스를 고쳐줘"),
        ("กินข้าว", "ฉันชอบกินข้าวผัด"),
        ("ผัด", "ฉันชอบกินข้าวผัด"),
        ("ຂ້ອຍ", "ສະບາຍດີຂ້ອຍຊື່"),
        ("ភាសា", "ខ្ញុំរៀនភាសាខ្មែរ"),
        ("服务", "修改youer服务端的计划"),
        ("youer", "修改youer服务端的计划"),
    ],
)
def test_any_part_of_a_run_is_found_in_scripts_without_spaces(asked: str, text: str) -> None:
    query = Query(asked)
    assert query.covers(text) == {0}
    (span,) = query.spans(text)
    assert asked in text[slice(*span)] or unicodedata.normalize("NFC", text[slice(*span)]) == asked
    assert not query.covers("something else")
