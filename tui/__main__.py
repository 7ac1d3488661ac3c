"""`python -m tui` is `tickertape`."""

from tui.cli import run

run()
