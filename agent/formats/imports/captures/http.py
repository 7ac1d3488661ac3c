"""Requests to a model's API as whole HTTP exchanges: HAR files of a browser or a proxy, VCR cassettes.

HAR is http://www.softwareishard.com/blog/har-12-spec/: `log.entries`, each with its beginning and how long it took.
VCR's cassettes (https://vcrpy.readthedocs.io) have `interactions` without moments, in YAML or JSON; of a body that is
JSON some hold what it says instead, as `parsed_body`
(https://github.com/pydantic/pydantic-ai/blob/main/tests/json_body_serializer.py). The request brings the question and
what the tools gave, the answer is a stream or a whole body of Chat Completions, Responses or Anthropic's Messages.
"""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from agent.events.sse import SseDecoder
from agent.events.types import Event
from agent.formats.imports.captures.anthropic_stream import AnthropicStream
from agent.formats.imports.captures.openai_chat import ChatStream
from agent.formats.imports.captures.openai_responses import ResponsesStream
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.traces.dialogue import Dialogue
from agent.formats.imports.traces.messages import read_messages
from agent.formats.imports.values import items, mapping, mappings, moment, number, text

__all__ = ["HttpCapture"]


class _Exchange(NamedTuple):
    """A request and its answer."""

    began: int | None
    ended: int | None
    asked: dict[str, Any]
    answer: str
    host: str
    """Who was asked."""


class HttpCapture(Importer):
    """One capture: the exchanges with models in it, in their order; all others are counted by who was asked."""

    program = "http-capture"
    timing = Timing.SPANS
    gathers = True

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._exchanges: list[_Exchange] = []
        self._dialogue = Dialogue(self.telling)

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """HAR's log of entries, or a cassette's interactions."""
        if isinstance(mapping(value.get("log")).get("entries"), list):
            return True
        return any("request" in each and "response" in each for each in mappings(value.get("interactions")))

    def _kind(self, value: dict[str, Any]) -> str:
        return next(iter(value), super()._kind(value))[:80]

    def _tell(self, record: Record) -> bool:
        entries = items(mapping(record.value.get("log")).get("entries"))
        self._exchanges += map(_of_har, mappings(entries))
        self._exchanges += map(_of_cassette, mappings(record.value.get("interactions")))
        return self.sniffs(record.value)

    def end(self) -> list[Event]:
        """All exchanges with models."""
        if any(exchange.began is None for exchange in self._exchanges):
            self.telling.origin["timing"] = str(Timing.NONE)
        for exchange in sorted(self._exchanges, key=lambda each: each.began or 0):
            if not self._exchange(exchange):
                self.counts.leave_out(f"request to {exchange.host or 'nobody'}"[:80])
        return super().end()

    def _exchange(self, exchange: _Exchange) -> bool:
        """Tell one; gives whether it is one with a model."""
        given = next((exchange.asked[name] for name in ("messages", "input") if name in exchange.asked), None)
        if given is None or not exchange.asked.get("model"):
            return False
        self._dialogue.ask(read_messages(given), exchange.began)
        values = list(_values(exchange.answer))
        if any("choices" in value for value in values):  # the other streams begin their steps themselves
            self.telling.step(exchange.began)
        else:
            self.telling.end_step(exchange.began)
        chat, responses = ChatStream(self.telling), ResponsesStream(self.telling)
        messages = AnthropicStream(self.telling)
        for value in values:
            if "choices" in value or ("error" in value and "type" not in value):
                chat.tell(value, exchange.ended)
            elif value.get("object") == "response" or text(value.get("type")).startswith("response."):
                responses.tell(value, exchange.ended)
            elif value.get("type") == "message":
                messages.whole(value, exchange.ended)
            else:
                messages.tell(value, exchange.ended)
        chat.end()
        return True


def _of_har(entry: dict[str, Any]) -> _Exchange:
    request, content = mapping(entry.get("request")), mapping(mapping(entry.get("response")).get("content"))
    began, took = moment(entry.get("startedDateTime")), number(entry.get("time"))
    answer = text(content.get("text"))
    if content.get("encoding") == "base64":
        answer = _plain(answer)
    ended = began if began is None or took is None else began + round(took)
    asked = _object(text(mapping(request.get("postData")).get("text")))
    return _Exchange(began, ended, asked, answer, _host(request.get("url")))


def _of_cassette(interaction: dict[str, Any]) -> _Exchange:
    request, response = mapping(interaction.get("request")), mapping(interaction.get("response"))
    asked, answer = _body(request), _body(response)
    plain = answer if isinstance(answer, str) else msgspec.json.encode(answer).decode()
    return _Exchange(None, None, mapping(asked) or _object(text(asked)), plain, _host(request.get("uri")))


def _body(message: dict[str, Any]) -> Any:
    """What a request or an answer brings: its text, or the JSON that it is."""
    body = message.get("body")
    return message["parsed_body"] if "parsed_body" in message else mapping(body).get("string", body) or ""


def _host(url: Any) -> str:
    try:
        return urlsplit(text(url)).hostname or ""
    except ValueError:
        return ""


def _plain(encoded: str) -> str:
    try:
        return b64decode(encoded).decode(errors="replace")
    except ValueError:
        return ""


def _object(words: str) -> dict[str, Any]:
    try:
        return mapping(msgspec.json.decode(words))
    except (ValueError, RecursionError):
        return {}


def _values(answer: str) -> Iterator[dict[str, Any]]:
    """The objects of an answer: of a stream of server-sent events, or the one that it is."""
    if answer.lstrip().startswith("{"):
        yield _object(answer)
        return
    decoder = SseDecoder()
    found = [*decoder.feed(answer.encode(errors="replace"))]
    last = decoder.end()
    for event in [*found, *([last] if last is not None else [])]:
        if value := _object(event.data):
            yield value
