"""What the tests of the screen stand on: pilots that know when the app is done."""

from tests.tui.idling import exact_pilot

__all__ = ["exact_pilot"]
