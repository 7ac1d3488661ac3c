"""What a turn cost: only where it is known, and by the prices of the provider itself."""

import builtins
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from agent.conversation.prices import load_prices
from agent.conversation.run import Run
from agent.events.types import TokenUsage


def _run(*usage: TokenUsage, model: str = "openai:gpt-4o-mini") -> Run:
    return Run(id="r", question="q", started=0, model=model, usage=usage)


def test_a_known_model_has_a_price_that_grows_with_its_tokens() -> None:
    price = load_prices("openai")
    assert price is not None
    little, much = (price(_run(TokenUsage(input_tokens=count, output_tokens=count))) for count in (1_000, 100_000))
    assert little is not None
    assert much is not None
    assert Decimal(0) < little < much


def test_the_model_that_answered_counts_not_the_one_that_was_asked_for() -> None:
    price = load_prices("openai")
    assert price is not None
    use = TokenUsage(model="gpt-4o", input_tokens=1_000, output_tokens=1_000)
    plain = TokenUsage(input_tokens=1_000, output_tokens=1_000)
    assert price(_run(use)) == price(_run(plain, model="openai:gpt-4o")) != price(_run(plain))


def test_what_is_not_known_has_no_price() -> None:
    price = load_prices("openai")
    assert price is not None
    assert price(_run()) is None
    assert price(_run(TokenUsage(input_tokens=1, output_tokens=1), model="openai:no-such-model")) is None


def test_without_the_package_there_are_no_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name == "genai_prices":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert load_prices("openai") is None
