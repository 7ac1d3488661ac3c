"""What a turn cost in dollars, where the optional `genai-prices` package knows the model.

The prices are those that the package ships with; nothing is fetched.
"""

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from agent.conversation.run import Run, Step
from agent.conversation.turn.content import usage_of
from agent.events.types import TokenUsage

__all__ = ["Price", "load_prices", "step_cost", "usage_cost"]

Price = Callable[[Run], Decimal | None]
"""Gives what a run cost in US dollars; None where its model or its usage is not known."""


def load_prices(provider: str) -> Price | None:
    """Prices of a provider's own models, such as `openai`; None without the package. Takes 0.2 s, to import it."""
    try:
        from genai_prices import Usage, calc_price  # optional, and slow to import
    except ImportError:
        return None

    def price(run: Run) -> Decimal | None:
        total = Decimal(0)
        for use in run.usage:
            model = use.model or (run.model or "").partition(":")[2]
            usage = Usage(
                input_tokens=use.input_tokens,
                output_tokens=use.output_tokens,
                cache_read_tokens=use.cached_input_tokens,
            )
            try:
                total += calc_price(usage, model_ref=model, provider_id=provider).total_price
            except (LookupError, ValueError):
                return None
        return total if run.usage else None

    return price


def usage_cost(price: Price, model: str, usage: list[TokenUsage]) -> float | None:
    """What a turn of `model` that goes on has cost so far in US dollars; None where that is not known."""
    cost = price(Run(id="", question="", started=0.0, model=model, usage=tuple(usage)))
    return None if cost is None else float(cost)


def step_cost(price: Price, run: Run, step: Step) -> Decimal | None:
    """What one model call of a run cost; None where that is not known of it."""
    usage = usage_of({"usage": step.usage})
    return None if usage is None else price(replace(run, usage=(usage,)))
