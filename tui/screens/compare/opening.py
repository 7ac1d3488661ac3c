"""What is to be compared. Imports nothing of the screen, so that a command line can make one."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["CompareOpening"]


@dataclass(frozen=True, kw_only=True)
class CompareOpening:
    """Two recordings."""

    left: Path
    right: Path
