"""What a benchmark has the model say: Markdown in fragments, with markers that find their way to the screen.

A load is told to the server in the question itself, so the server needs no other control. Two loads of the same size
say the same but for their markers.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import NamedTuple

__all__ = ["LAST", "MARKER", "Load", "fragments", "marker", "plain_fragments"]

LAST = 99_999
"""The number of the marker that ends a load."""
MARKER = re.compile(rb"zq(\d{4})(\d{5})qz")
"""A marker in what a program wrote: the load's mark, and the marker's number."""

_SPACING = 10
"""Fragments between two markers."""
_VOCABULARY = (
    "each small part that a model sends is shown as it comes and the cost of one more of them must not grow with what "
    "was said before because a long answer would then take longer to draw than the model needs to write it while the "
    "reader waits frame buffer terminal paragraph render latency scheduler column measure fragment socket"
)
_QUESTION = re.compile(r"load tokens=(\d+) rate=(\d+) mark=(\d{4})( as a call)?")


class Slot(NamedTuple):
    """A place where a marker may stand."""

    form: str


def marker(mark: int, number: int) -> str:
    """One word that no other text has, so it is neither wrapped nor styled in parts."""
    return f"zq{mark:04}{number:05}qz"


@dataclass(frozen=True, kw_only=True)
class Load:
    """An answer of `tokens` fragments of about four characters."""

    tokens: int
    rate: int
    """Fragments a second; 0 sends all at once."""
    mark: int
    """Tells the markers of this load from those of others."""
    is_call: bool = False
    """Whether it is the arguments of a call, each with a marker in it, and no text."""

    @property
    def question(self) -> str:
        """What has the server send this load."""
        end = " as a call" if self.is_call else ""
        return f"load tokens={self.tokens} rate={self.rate} mark={self.mark:04}{end}"

    @property
    def end(self) -> str:
        """The marker that ends it."""
        return marker(self.mark, LAST)

    @property
    def first(self) -> str:
        """The marker that begins it."""
        return marker(self.mark, 0)

    @property
    def seconds(self) -> float:
        """How long the sending takes."""
        return self.tokens / self.rate if self.rate else 0.0

    @classmethod
    def parse(cls, question: str) -> "Load | None":
        """The load that a question asks for."""
        found = _QUESTION.search(question)
        if found is None:
            return None
        return cls(tokens=int(found[1]), rate=int(found[2]), mark=int(found[3]), is_call=found[4] is not None)

    def pieces(self) -> list[str]:
        """Its fragments; number `_SPACING` apart or a little more, markers, the last one at the very end."""
        if self.is_call:
            return self._arguments()
        pieces: list[str] = []
        numbers = iter(range(LAST))
        since = 0
        for piece in fragments(seed=0):
            if len(pieces) >= self.tokens - 1:
                break
            since += 1
            if isinstance(piece, str):
                pieces.append(piece)
            elif since > _SPACING:
                pieces.append(piece.form.format(marker(self.mark, next(numbers))))
                since = 0
        fence_is_open = sum(piece.startswith("```") for piece in pieces) % 2
        return [*pieces, ("\n```" if fence_is_open else "") + f"\n\nEnd {self.end}"]

    def _arguments(self) -> list[str]:
        pieces = ["{"]
        count = max(self.tokens // _OF_ARGUMENT, 1)
        for number in range(count):
            is_last = number == count - 1
            pieces += [f'"n{number:02}', '"', ":", ' "', marker(self.mark, number), '"', "}" if is_last else ", "]
        return pieces


_OF_ARGUMENT = 7
"""Fragments of one argument of a call."""


def fragments(seed: int) -> Iterator[str | Slot]:
    """Markdown without end, in the fragments of a model: headings, paragraphs, lists, code and tables."""
    choose = random.Random(seed)
    for block in cycle((_heading, _paragraph, _list, _code, _paragraph, _table)):
        yield from block(choose)


def _words(choose: random.Random, count: int) -> Iterator[str | Slot]:
    for index in range(count):
        word = choose.choice(_VOCABULARY.split())
        style = choose.random()
        word = f"**{word}**" if style < 0.04 else f"`{word}`" if style < 0.07 else word
        spaced = f" {word}" if index else word
        yield from (spaced[start : start + 6] for start in range(0, len(spaced), 6))
        yield Slot(" {}")
    yield "."


def _heading(choose: random.Random) -> Iterator[str | Slot]:
    yield "## "
    yield from (piece for piece in _words(choose, 5) if isinstance(piece, str))
    yield "\n\n"


def _paragraph(choose: random.Random) -> Iterator[str | Slot]:
    yield from _words(choose, 70)
    yield "\n\n"


def _list(choose: random.Random) -> Iterator[str | Slot]:
    for _item in range(5):
        yield "- "
        yield from _words(choose, 12)
        yield "\n"
    yield "\n"


def _code(choose: random.Random) -> Iterator[str | Slot]:
    yield from ("```", "python\n")
    for line in range(8):
        yield from (
            ("def ", f"step_{line}", "(x, ", "y):", "\n") if line % 4 == 0 else ("    x", " = y", f" + {line}", "\n")
        )
        yield Slot("    # {}\n")
    yield from ("```", "\n\n")


def _table(choose: random.Random) -> Iterator[str | Slot]:
    yield from ("| name", " | size", " |\n", "|---", "|---:", "|\n")
    for row in range(4):
        yield from (f"| row {row}", " | ", str(choose.randrange(10_000)), " |\n")
    yield "\n"


def plain_fragments(seed: int, count: int) -> list[str]:
    """`count` fragments without markers."""
    return list(islice((piece for piece in fragments(seed) if isinstance(piece, str)), count))
