"""How much a model can be told at once, and what is left out where that is not enough.

The window of most servers is not known before they refuse something, and nobody counts tokens but they: so bytes are
counted here, and what a token of this conversation comes to is learned from what the server says it was sent. Results
over a share of the window are told in part, the oldest turns are left out first, and what was left out is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from agent.sources.context.history import Turn
from agent.sources.failures.overflow import Overflow

__all__ = ["Fitted", "Window", "shortened_results", "size_of"]

_ASSUMED = 128_000
"""Tokens of a window that nobody has told of."""
_FILLED = 0.8
"""How much of the window is filled; the rest is for the reply, and for what counting bytes gets wrong."""
_SHARE = 0.25
"""The share of the window that one result may take."""
_LEAST = 400
"""Bytes of a result that are told at least."""
_FOR_A_MESSAGE = 24
"""Bytes that a message takes besides what it says, about."""
_FOR_A_PART = 5_000
"""Bytes of text that an image costs as much as, about: providers count 1,000 to 1,700 tokens for one."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What is sent of a conversation."""

    past: list[BaseMessage]
    current: list[BaseMessage]
    left_out: int
    """Turns of the past that are not told."""
    shortened: int
    """Results that are told in part."""
    share: int
    """Bytes that a result is told in, where it is longer."""


class Window:
    """What is known of a model's window; it learns as the server counts."""

    def __init__(self, tokens: int | None = None, bytes_per_token: float = 3.0) -> None:
        self.tokens = tokens
        """None as long as nobody has told."""
        self.bytes_per_token = bytes_per_token
        self._filled = _FILLED

    def counted(self, sent: int, tokens: int | None) -> None:
        """The server counts so many tokens in so many bytes of messages and tools."""
        if tokens and sent > 2_000:
            self.bytes_per_token = min(max(sent / tokens, 1.0), 4.0)
        if tokens and self.tokens is not None and tokens > self.tokens:  # it takes more than was known
            self.tokens = tokens

    def refused(self, overflow: Overflow, sent: int) -> None:
        """The server refuses so many bytes; what it says of its window holds from now on."""
        if overflow.sent:
            self.bytes_per_token = min(max(sent / overflow.sent, 0.5), 4.0)
        window = overflow.window or round(sent / self.bytes_per_token * 0.7)
        if self.tokens is not None and window >= self.tokens:
            self._filled *= 0.6  # it was known, and too much was sent all the same
        self.tokens = window
        self.bytes_per_token = min(self.bytes_per_token, sent / window)

    def fit(self, turns: Sequence[Turn], current: list[BaseMessage], overhead: int) -> Fitted:
        """As many of the latest turns as there is room for beside `current`, the messages of the turn that goes on.

        `overhead` is what goes out besides, in bytes: the system's message and the tools.
        """
        room = (self.tokens or _ASSUMED) * self._filled * self.bytes_per_token - overhead
        share = max(int(room * _SHARE), _LEAST)
        current, shortened = shortened_results(current, share)
        while sum(map(size_of, current)) > room and share > _LEAST:
            share = max(share // 2, _LEAST)
            current, shortened = shortened_results(current, share)
        room -= sum(map(size_of, current))
        past: list[list[BaseMessage]] = []
        for turn in reversed(turns):
            messages, short = shortened_results(turn.messages, share)
            room -= sum(map(size_of, messages))
            if room < 0:
                break
            past.append(messages)
            shortened += short
        return Fitted(
            past=[message for messages in reversed(past) for message in messages],
            current=current,
            left_out=len(turns) - len(past),
            shortened=shortened,
            share=share,
        )


def size_of(message: BaseMessage) -> int:
    """How many bytes a message is sent as, about."""
    content = message.content
    size = _FOR_A_MESSAGE + (_bytes(content) if isinstance(content, str) else sum(map(_block_size, content)))
    if isinstance(message, AIMessage):
        for call in message.tool_calls:
            size += _FOR_A_MESSAGE + len(call["name"]) + _bytes(repr(call["args"]))
        if message.additional_kwargs:
            size += _bytes(repr(message.additional_kwargs))
    return size


def _block_size(block: object) -> int:
    """An image, a sound or a document counts for what it shows, not for the bytes that it comes in."""
    if isinstance(block, dict) and any(block.get(name) for name in ("base64", "url", "image_url")):
        return _FOR_A_PART
    return _bytes(block if isinstance(block, str) else repr(block))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def shortened_results(messages: list[BaseMessage], share: int) -> tuple[list[BaseMessage], int]:
    """The messages with results of `share` bytes at most, and how many were longer."""
    count = 0
    told: list[BaseMessage] = []
    for message in messages:
        if isinstance(message, ToolMessage) and (content := _cut_content(message.content, share)) is not None:
            message = message.model_copy(update={"content": content})
            count += 1
        told.append(message)
    return told, count


def _cut_content(content: str | list[Any], share: int) -> str | list[Any] | None:
    """A result's content with `share` bytes of text at most; None where it has no more."""
    if isinstance(content, str):
        return _cut(content, share) if _bytes(content) > share else None
    texts = [block for block in content if isinstance(block, dict) and isinstance(block.get("text"), str)]
    if sum(_bytes(block["text"]) for block in texts) <= share:
        return None
    each = share // len(texts)
    return [
        {**block, "text": _cut(block["text"], each)} if block in texts and _bytes(block["text"]) > each else block
        for block in content
    ]


def _cut(text: str, share: int) -> str:
    """The beginning and the end of a text, with a word on what is missing between them."""
    kept = max(share * len(text) // _bytes(text) - 80, 80)  # in characters
    head, tail = kept * 2 // 3, kept // 3
    return f"{text[:head]}\n[… {len(text) - head - tail} characters of this result are left out …]\n{text[-tail:]}"
