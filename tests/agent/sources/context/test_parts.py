"""What results hold besides text is kept in one form, and told to those who take it."""

from typing import Any

import pytest
from langchain_core.messages import HumanMessage, ToolMessage

from agent.sources.context.parts import kept_parts, with_parts
from agent.sources.tools.calls.results import result_of

PNG = {"type": "image", "source": {"type": "data", "value": "aGk=", "mimeType": "image/png"}}
PDF = {"type": "document", "source": {"type": "data", "value": "aGk=", "mimeType": "application/pdf"}}
WAV = {"type": "audio", "source": {"type": "data", "value": "aGk=", "mimeType": "audio/wav"}}
LINK = {"type": "image", "source": {"type": "url", "value": "https://example.com/a.png"}}
NAMED = {**PDF, "metadata": {"filename": "a.pdf"}}


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        ({"type": "image", "base64": "aGk=", "mime_type": "image/png"}, PNG),
        ({"type": "image", "source_type": "base64", "data": "aGk=", "mime_type": "image/png"}, PNG),
        ({"type": "image", "data": "aGk=", "mimeType": "image/png"}, PNG),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}, PNG),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}, PNG),
        ({"type": "image_url", "image_url": "data:image/png;base64,aGk="}, PNG),
        ({"type": "input_image", "image_url": "data:image/png;base64,aGk="}, PNG),
        ({"type": "file", "base64": "aGk=", "mime_type": "image/png"}, PNG),
        ({"type": "image", "url": "https://example.com/a.png"}, LINK),
        ({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}, LINK),
        ({"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}}, WAV),
        ({"type": "audio", "base64": "aGk=", "mime_type": "audio/wav"}, WAV),
        ({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}}, PDF),
        ({"type": "file", "file": {"file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"}}, NAMED),
        ({"type": "file", "base64": "aGk=", "mime_type": "application/pdf", "name": "a.pdf"}, NAMED),
    ],
)
def test_a_part_is_kept_in_one_form_whoever_words_it(part: dict[str, Any], kept: dict[str, Any]) -> None:
    text = {"type": "text", "text": "see"}
    assert kept_parts(result_of([text, part]).parts) == [text, kept]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [{"type": "text", "text": "see"}],
        [{"type": "file", "file_id": "f1"}],
        [{"type": "image", "base64": "aGk="}],
        [{"type": "image", "base64": "a" * 13 * 2**20, "mime_type": "image/png"}],
    ],
)
def test_what_could_be_told_to_nobody_is_not_kept(parts: list[dict[str, Any]]) -> None:
    assert kept_parts(parts) == []


def test_a_result_is_told_with_the_parts_that_are_taken_and_the_names_of_the_others() -> None:
    svg = {"type": "image", "source": {"type": "data", "value": "aGk=", "mimeType": "image/svg+xml"}}
    text = {"type": "text", "text": "see"}
    message = ToolMessage("see\n…", artifact=[text, PNG, NAMED, WAV, svg, LINK], tool_call_id="a")
    told = with_parts(message, {"image", "document"})
    assert told.content == [
        text,
        {"type": "image", "base64": "aGk=", "mime_type": "image/png"},
        {"type": "file", "base64": "aGk=", "mime_type": "application/pdf", "filename": "a.pdf"},
        {"type": "text", "text": "[audio/wav]"},
        {"type": "text", "text": "[image/svg+xml]"},
        {"type": "image", "url": "https://example.com/a.png"},
    ]


@pytest.mark.parametrize("artifact", [None, "a tool's own", [], ["x"], [{"type": "image"}], [{"source": 5}], [WAV]])
def test_a_result_without_parts_that_are_taken_stays_its_text(artifact: Any) -> None:
    message = ToolMessage("text", artifact=artifact, tool_call_id="a")
    assert with_parts(message, {"image"}) is message
    question = HumanMessage("text")
    assert with_parts(question, {"image"}) is question
