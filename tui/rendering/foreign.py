"""Foreign text made safe to draw, as `agent.foreign` makes it."""

from agent.foreign import visible

__all__ = ["visible"]
