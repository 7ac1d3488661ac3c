"""Text as it came, piece by piece. It knows nothing of what the text is for."""

from array import array
from typing import Any

__all__ = ["Fragments"]


class Fragments:
    """Text as it arrived, piece by piece, each with its moment. Equal when the whole text is equal."""

    __slots__ = ("_joined", "_joined_count", "pieces", "times")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.times = array("d")
        """Milliseconds since the epoch, one per piece."""
        self._joined = ""
        self._joined_count = 0

    def append(self, piece: str, time: float) -> None:
        """Add the next piece; an empty one is counted too."""
        self.pieces.append(piece)
        self.times.append(time)

    def extend(self, pieces: list[str], times: list[float]) -> None:
        """Add the next pieces, each with its moment."""
        self.pieces += pieces
        self.times.fromlist(times)  # a third of the time that `extend` takes

    @property
    def text(self) -> str:
        """The whole text; joined anew only where pieces have come since it was last asked for."""
        if self._joined_count != len(self.pieces):
            self._joined += "".join(self.pieces[self._joined_count :])
            self._joined_count = len(self.pieces)
        return self._joined

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to be read in it; sooner told than by the whole text."""
        return not any(map(str.strip, self.pieces))

    def __len__(self) -> int:
        return len(self.pieces)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fragments) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]  # mutable, compared by content

    def __repr__(self) -> str:
        return f"Fragments({self.text!r})"

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Fragments":
        copy = Fragments()
        copy.pieces, copy.times = self.pieces[:], self.times[:]
        return copy
