"""What the tests of the whole program stand on."""

from tests.e2e.forks import warm_program
from tests.tui.idling import exact_pilot

__all__ = ["exact_pilot", "warm_program"]
