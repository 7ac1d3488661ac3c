"""The built-in offline model. The package owns everything about it; of all that only the model itself is public."""

from agent.models.arithmetic.model import ArithmeticChatModel

__all__ = ["ArithmeticChatModel"]
