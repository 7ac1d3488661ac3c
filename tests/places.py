"""Where the tests find the project."""

from pathlib import Path

__all__ = ["GOLDEN", "ROOT"]

ROOT = Path(__file__).parent.parent
"""The top of the checkout."""
GOLDEN = ROOT / "tests" / "golden"
"""Files that outputs are compared with, byte for byte."""
