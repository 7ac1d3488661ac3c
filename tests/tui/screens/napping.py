"""A user's tool, which asks before it runs."""

__all__ = ["nap"]


def nap(seconds: float) -> str:
    """Sleep for a while, or say that one has."""
    return f"rested {seconds:g}"
