"""Numbers as people read them, as `agent.figures` writes them."""

from agent.figures import clock, duration, plural, size

__all__ = ["clock", "duration", "plural", "size"]
