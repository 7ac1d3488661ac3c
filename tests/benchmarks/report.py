"""What a benchmark found, and the table of it."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Floor", "Row", "table"]

_HEADINGS = ("what", "measured", "floor, same run", "ratio", "budget", "held")
_LONG = 100.0
_SHORT = 10.0


@dataclass(frozen=True)
class Floor:
    """What a value is compared with, measured in the same run."""

    name: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured value."""

    what: str
    value: float
    unit: str
    floor: Floor | None = None
    limit: float | None = None
    """The budget, in `unit`."""
    ratio_limit: float | None = None
    """The budget as a multiple of the floor."""
    at_least: bool = False
    """More is better."""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the floor."""
        return self.value / self.floor.value if self.floor and self.floor.value else None

    @property
    def held(self) -> bool | None:
        """Whether the budget holds; None where there is none."""
        held = []
        if self.limit is not None:
            held.append(self.value >= self.limit if self.at_least else self.value <= self.limit)
        if self.ratio_limit is not None and self.ratio is not None:
            held.append(self.ratio >= self.ratio_limit if self.at_least else self.ratio <= self.ratio_limit)
        return all(held) if held else None

    @property
    def cells(self) -> tuple[str, ...]:
        """As it stands in the table."""
        budgets = []
        if self.limit is not None:
            budgets.append(_figure(self.limit, self.unit))
        if self.ratio_limit is not None:
            budgets.append(f"{self.ratio_limit:g}x")
        held = {True: "yes", False: "**no**", None: ""}[self.held]
        return (
            self.what,
            _figure(self.value, self.unit),
            f"{_figure(self.floor.value, self.unit)} {self.floor.name}" if self.floor else "",
            f"{self.ratio:.2f}x" if self.ratio is not None else "",
            ("at least " if self.at_least and budgets else "") + ", ".join(budgets),
            held,
        )


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table whose columns stand under each other."""
    cells = [_HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def _figure(value: float, unit: str) -> str:
    places = 0 if value >= _LONG or value == int(value) else 1 if value >= _SHORT else 2
    return f"{value:,.{places}f} {unit}".rstrip()
