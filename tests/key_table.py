"""The README's table of keys, made from the registry of actions.

    python -m tests.key_table

writes it anew; a test says where that has not been done.
"""

from tests.places import ROOT
from tui.actions import PLACES
from tui.key_labels import DEFAULT_KEYS

__all__ = ["key_table", "with_key_table"]

_HEAD = "| where | key | what |\n|---|---|---|\n"


def key_table() -> str:
    """One row for each row of the F1 help, in its order."""
    rows = []
    for place in PLACES:
        where = f"{place} "
        for keys, what in DEFAULT_KEYS.told(place):
            told = ", ".join(" or ".join(_quoted(key) for key in own) for own in keys)
            rows.append(f"| {where}| {told} | {what} |\n")
            where = ""
    return _HEAD + "".join(rows)


def _quoted(key: str) -> str:
    return " to ".join(f"`{one}`" for one in key.split(" to "))


def with_key_table(readme: str) -> str:
    """The README with this table in the place of the one it has."""
    before, head, rest = readme.partition(_HEAD)
    after = rest[rest.index("\n\n") + 1 :] if head else ""
    return before + key_table() + after


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(with_key_table(path.read_text(encoding="utf-8")), encoding="utf-8")
