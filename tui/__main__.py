"""The console script, and `python -m tui`: it answers Ctrl+C from the first moment on, while all else is imported."""

import os

__all__ = ["main"]


def main() -> None:
    """Run the program; never returns."""
    try:
        from tui.cli.main import run  # takes longer than a user may who has changed his mind
    except KeyboardInterrupt:
        os._exit(130)
    run()


if __name__ == "__main__":
    main()
