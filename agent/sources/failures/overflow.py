"""Whether a server refuses a request because it holds more than the model's window, and the figures it names."""

import re
from dataclasses import dataclass

from agent.sources.failures.bodies import Said

__all__ = ["Overflow", "overflow_of"]

_CODES = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "context_window_exceeded",
    "model_context_window_exceeded",
    "string_above_max_length",
    "request_too_large",
}
_WORDS = re.compile(
    r"context (?:length|window|size|limit)|maximum (?:prompt|input|context)|prompt (?:is )?too long|"
    r"input (?:is )?too (?:long|large)|too many (?:input )?tokens|(?:input|prompt|token count)[^.]{0,60}exceeds?|"
    r"exceeds?[^.]{0,40}(?:context|token limit|number of tokens|max[a-z_]*tokens)|range of input length|"
    r"tokens?\b[^.]{0,60}(?:must be <=|(?:more than|exceeds?|exceed(?:ed|ing)) (?:the )?max)|"
    r"reduce the length|loaded with context length|(?:prompt|request|payload|entity) too large",
    re.IGNORECASE,
)
_CODE = re.compile(r"\(2013\)")
"""MiniMax's number for this error, which is none of tokens."""
_COMPARED = re.compile(r">\s*(\d[\d,_]{2,})")
_LIMIT = re.compile(
    r"(?:max[a-z]*|limit|<=|only|available|allowed|up to|window|context (?:length|size)|n_ctx\W)"
    r"[^.|\d]{0,60}?(\d[\d,_]{2,})|\[\d+,\s*(\d[\d,_]{2,})\]|(\d[\d,_]{2,}) (?:tokens )?(?:max|limit)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d,_]{2,}")


@dataclass(frozen=True, kw_only=True)
class Overflow:
    """A window that is too small for what was sent; in tokens, None where the server does not say."""

    window: int | None = None
    sent: int | None = None


def overflow_of(said: Said) -> Overflow | None:
    """What the server says of its window; None where it says something else."""
    if said.status in (401, 403, 404, 408) or (said.status == 429 and "too large" not in said.every_word.lower()):
        return None
    if not (said.status == 413 or said.codes & _CODES or _WORDS.search(said.every_word)):
        return None
    window = sent = None
    for one in said.objects:  # llama.cpp
        window = window or _whole(one.get("n_ctx"))
        sent = sent or _whole(one.get("n_prompt_tokens"))
    text = _CODE.sub("", said.every_word)
    if window is None and (found := _COMPARED.search(text) or _LIMIT.search(text)) is not None:
        window = _read(next(group for group in found.groups() if group))
    if sent is None and window is not None:
        larger = [number for number in map(_read, _NUMBER.findall(text)) if number > window]
        sent = max(larger, default=None)
    return Overflow(window=window, sent=sent)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _read(text: str) -> int:
    return int(text.replace(",", "").replace("_", ""))
