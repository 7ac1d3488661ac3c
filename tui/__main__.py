"""`python -m tui` is `tickertape`."""

from tui.cli.main import run

run()
