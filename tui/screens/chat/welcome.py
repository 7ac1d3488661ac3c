"""What stands in the log of an empty session."""

from tui.key_labels import Keys

__all__ = ["welcome"]

_WORDS = "Ask a question below and press {input.send}.\n{app.help} shows the keys."
_OFFLINE = f"""\
Ask a question below and press {{input.send}}:
What is (3 + 4) * 2^5?

The built-in model does arithmetic;
--model openai:NAME connects another.

{_WORDS.splitlines()[1]}"""


def welcome(model: str, keys: Keys) -> str:
    """What to begin with, where this model answers."""
    return keys.fill(_OFFLINE if model == "offline" else _WORDS)
