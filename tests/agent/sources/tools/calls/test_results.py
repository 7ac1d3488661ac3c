"""What tools give: one text for the screen, the file and the model, whatever came out."""

import dataclasses
import datetime
import enum
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import ToolException
from pydantic import BaseModel
from pydantic.v1 import BaseModel as BaseModelV1

from agent.sources.tools.calls.results import failure_of, result_of
from agent.text import well_formed


class Row(BaseModel):
    """A model of today's pydantic."""

    city: str = "Köln"
    since: datetime.date = datetime.date(1288, 6, 5)


class OldRow(BaseModelV1):
    """A model of pydantic 1."""

    city: str = "Bonn"


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: int = 1


class Pair(NamedTuple):
    """A named tuple."""

    left: int
    right: str


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


class Command:
    """As LangGraph's, which is known by its name."""

    def __init__(self, update: dict[str, Any]) -> None:
        self.update = update


def _counting() -> Iterator[int]:
    yield from (1, 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("20", "20"),
        (20, "20"),
        (True, "true"),
        (None, "null"),
        ({"x": "é"}, '{"x": "é"}'),
        ({(1, 2): {3}}, '{"(1, 2)": [3]}'),
        (["line 1", "line 2"], '["line 1", "line 2"]'),
        ([], "[]"),
        ((1, "a"), '[1, "a"]'),
        (Row(), '{"city": "Köln", "since": "1288-06-05"}'),
        ([OldRow(), Point()], '[{"city": "Bonn"}, {"x": 1}]'),
        (Pair(1, "r"), '{"left": 1, "right": "r"}'),
        (Colour.RED, "red"),
        (b"plain", "plain"),
        (b"\xff\x00", "[2 bytes that are no text]"),
        (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), "2026-01-02T03:04:00+00:00"),
        (_counting(), "[1, 2]"),
        (range(3), "[0, 1, 2]"),
        (ValueError("as a value"), "ValueError: as a value"),
        (AIMessage("said"), "said"),
        (
            Document("page", metadata={"n": 1}),
            '{"id": null, "metadata": {"n": 1}, "page_content": "page", "type": "Document"}',
        ),
        ([ToolMessage("one", tool_call_id="1"), ToolMessage("two", tool_call_id="2")], "one\ntwo"),
        (Command({"messages": [ToolMessage("moved", tool_call_id="1")]}), "moved"),
    ],
)
def test_every_value_has_one_text(value: object, text: str) -> None:
    result = result_of(value)
    assert (result.text, result.failed, result.parts) == (text, False, ())


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([{"type": "text", "text": "first"}, {"type": "text", "text": "second"}], "first\nsecond"),
        ([{"type": "text", "text": "first"}, "second"], "first\nsecond"),
        ([{"type": "text", "body": "a row"}], '[{"type": "text", "body": "a row"}]'),
        ([{"type": "file", "name": "a.txt", "size": 3}], '[{"type": "file", "name": "a.txt", "size": 3}]'),
    ],
)
def test_parts_of_text_are_lines_and_rows_that_look_like_parts_are_json(parts: list[Any], text: str) -> None:
    assert result_of(parts).text == text
    assert result_of(parts).parts == ()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "[image/png]"),
        ({"type": "image_url", "image_url": "data:image/gif;base64,AAAA"}, "[image/gif]"),
        ({"type": "image", "base64": "AAAA", "mime_type": "image/jpeg"}, "[image/jpeg]"),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "A"}}, "[image/webp]"),
        ({"type": "image", "url": "https://example.org/a.png"}, "[https://example.org/a.png]"),
        ({"type": "file", "file": {"filename": "spec.pdf", "file_data": "AAAA"}}, "[spec.pdf]"),
        ({"type": "audio", "base64": "AAAA"}, "[audio]"),
    ],
)
def test_a_part_that_is_no_text_is_named_and_kept_for_those_who_take_it(part: dict[str, Any], name: str) -> None:
    caption = {"type": "text", "text": "caption"}
    result = result_of([part, caption])
    assert result.text == f"{name}\ncaption"
    assert result.parts == (part, caption)


class Name(enum.StrEnum):
    """An enumeration of texts."""

    FIRST = "first"


@pytest.mark.parametrize(("value", "text"), [(AIMessage("said").text, "said"), (Name.FIRST, "first")])
def test_of_a_kind_of_text_the_plain_text_is_told(value: str, text: str) -> None:
    told = result_of(value).text
    assert (told, type(told)) == (text, str)


def test_a_message_says_itself_whether_it_is_a_failure() -> None:
    assert result_of(ToolMessage("bad", tool_call_id="its own", status="error")).failed
    assert not result_of(ToolMessage("good", tool_call_id="its own")).failed


def test_what_is_too_long_is_cut_in_the_middle_and_says_so() -> None:
    text = result_of("a" * 1_000_000 + "z" * 1_000_000).text
    assert len(text) < 300_000
    assert text.startswith("aaa")
    assert text.endswith("zzz")
    assert "1,750,000 of 2,000,000 characters left out" in text


@pytest.mark.parametrize("value", [iter(int, 1), 10**6_000], ids=["an iterator without end", "a huge number"])
def test_what_has_no_end_ends(value: object) -> None:
    assert len(result_of(value).text) < 300_000


def test_a_list_that_holds_itself_ends() -> None:
    inside: list[Any] = []
    inside.append(inside)
    assert "…" in result_of(inside).text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON.filter(lambda value: not isinstance(value, str)))
def test_what_json_can_say_is_told_as_json(value: object) -> None:
    text = result_of(value).text
    assert well_formed(text) == text
    if json.dumps(value).isascii() and "\\ud" not in json.dumps(value) and not _looks_like_parts(value):
        assert json.loads(text) == value


def _looks_like_parts(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


@given(st.text())
def test_a_text_is_told_as_it_is_but_for_halves_of_surrogates(text: str) -> None:
    assert result_of(text).text == well_formed(text)


# Failures


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ToolException("no such city"), "no such city"),
        (ToolException(), "ToolException"),
        (ValueError("bad"), "ValueError: bad"),
        (TimeoutError(), "TimeoutError"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (ValueError("\ud800"), "ValueError: \ufffd"),
        (
            BaseExceptionGroup("several", [SystemExit(1), ExceptionGroup("", [ValueError("v")])]),
            "SystemExit: 1; ValueError: v",
        ),
    ],
)
def test_a_failure_is_told_in_the_tools_own_words_or_with_its_kind(error: BaseException, text: str) -> None:
    result = failure_of(error)
    assert (result.text, result.failed) == (text, True)


def test_an_error_that_cannot_be_told_is_told_by_its_kind() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert failure_of(Mute()).text == "Mute"


@pytest.mark.parametrize("model", [Row, OldRow])
def test_values_that_a_schema_refuses_are_not_quoted(model: type[Any]) -> None:
    with pytest.raises(ValueError, match="city") as caught:
        model(city={"token": "s3cret"})
    words = failure_of(caught.value).text
    assert words.startswith("ValidationError: city: ")
    assert "s3cret" not in words
