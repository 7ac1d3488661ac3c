"""What a piece of work costs, counted: a number that no other program on the machine changes."""

import sys
from collections.abc import Callable
from types import FrameType

__all__ = ["function_calls"]


def function_calls(work: Callable[[], object]) -> int:
    """How many functions `work` calls, those of C among them."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
