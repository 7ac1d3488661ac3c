"""The message that asks a question with files."""

import base64
from typing import Any

from agent.sources.context.question import question_message


def part(kind: str, mime: str, data: bytes, name: str = "a") -> dict[str, Any]:
    source = {"type": "data", "value": base64.b64encode(data).decode(), "mimeType": mime}
    return {"type": kind, "source": source, "metadata": {"filename": name}}


def test_without_files_it_is_the_question() -> None:
    assert question_message("q", []).content == "q"


def test_a_text_is_told_whole_and_an_image_as_it_is_and_the_rest_is_named() -> None:
    parts = [
        part("document", "text/plain", b"one", "n.md"),
        part("image", "image/png", b"x"),
        part("audio", "a/b", b"y"),
    ]
    assert question_message("q", parts).content == [
        {"type": "text", "text": "q"},
        {"type": "text", "text": "The file n.md:\none"},
        {"type": "image", "base64": "eA==", "mime_type": "image/png"},
        {"type": "text", "text": "[a is attached and cannot be shown]"},
    ]


def test_what_others_wrote_into_a_part_never_fails() -> None:
    odd: list[Any] = [None, 3, {}, {"source": 3}, {"source": {"value": "%", "mimeType": "text/x"}}, {"metadata": []}]
    assert len(question_message("q", odd).content) == 7
