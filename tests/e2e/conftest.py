"""What the tests of the whole program stand on."""

from tests.e2e.forks import warm_program
from tests.tui.idling import exact_pilot
from tests.tui.stylesheets import styles_parsed_once

__all__ = ["exact_pilot", "styles_parsed_once", "warm_program"]
