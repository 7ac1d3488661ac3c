"""What model calls cost, each once: a record may tell a call's usage with every piece of it, growing."""

from typing import Any

from agent.events.types import TokenUsage
from agent.formats.imports.values import mapping, whole

__all__ = ["Usage", "anthropic_usage", "openai_usage"]


class Usage:
    """The usage of a run's model calls, each under a key of its own."""

    def __init__(self) -> None:
        self._of: dict[str, TokenUsage] = {}
        self._steps: dict[str, str] = {}
        """The key that a step's usage was told under."""

    def set(self, key: str, usage: TokenUsage, step: str | None) -> None:
        """What is known of a call now; `step` names it."""
        self._of[key] = usage
        if step is not None:
            self._steps[step] = key

    def of_step(self, step: str) -> dict[str, Any] | None:
        """Of one call, as it stands in an event."""
        usage = self._of.get(self._steps.get(step, ""))
        if usage is None:
            return None
        names = zip(usage.__struct_encode_fields__, usage.__struct_fields__, strict=True)
        return {wire: value for wire, name in names if (value := getattr(usage, name)) is not None}

    def by_model(self) -> list[TokenUsage]:
        """The sums, one for each model."""
        sums: dict[str | None, TokenUsage] = {}
        for usage in self._of.values():
            sums[usage.model] = sums[usage.model] + usage if usage.model in sums else usage
        return list(sums.values())


def anthropic_usage(value: Any, model: str = "") -> TokenUsage | None:
    """Of Anthropic's `usage`, whose `input_tokens` leave out what was read from and written to the cache.

    https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance
    """
    usage = mapping(value)
    fresh, output = whole(usage.get("input_tokens")), whole(usage.get("output_tokens"))
    if fresh is None and output is None:
        return None
    read, written = whole(usage.get("cache_read_input_tokens")), whole(usage.get("cache_creation_input_tokens"))
    return TokenUsage(
        model=model or None,
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=output,
        cached_input_tokens=read,
    )


def openai_usage(value: Any, model: str = "") -> TokenUsage | None:
    """Of Chat Completions' or the Responses API's `usage`.

    https://platform.openai.com/docs/api-reference/chat/object, https://platform.openai.com/docs/api-reference/responses
    """
    usage = mapping(value)

    def count(*names: str) -> int | None:
        return next((found for name in names if (found := whole(usage.get(name))) is not None), None)

    given = mapping(usage.get("prompt_tokens_details") or usage.get("input_tokens_details"))
    taken = mapping(usage.get("completion_tokens_details") or usage.get("output_tokens_details"))
    found = TokenUsage(
        model=model or None,
        input_tokens=count("prompt_tokens", "input_tokens"),
        output_tokens=count("completion_tokens", "output_tokens"),
        total_tokens=count("total_tokens"),
        reasoning_tokens=whole(taken.get("reasoning_tokens")),
        cached_input_tokens=whole(given.get("cached_tokens")),
    )
    return found if found.input_tokens is not None or found.output_tokens is not None else None
