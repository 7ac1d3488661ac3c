"""Joins the halves of a surrogate pair that two fragments of a text share."""

from agent.text import well_formed

__all__ = ["SurrogateJoiner"]


class SurrogateJoiner:
    """Feed it the fragments of one text."""

    __slots__ = ("_half",)

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """`text`, well formed; a first half at its end is kept for the next call."""
        if self._half:
            text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] < "\udc00":
            text, self._half = text[:-1], text[-1]
        return well_formed(text)

    def end(self) -> str:
        """What is left: U+FFFD for a half that stayed alone."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""
