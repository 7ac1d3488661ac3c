"""Programs that stand in the place of Python's, to do what the process that reads ahead should never do."""

from pathlib import Path

__all__ = ["stand_in"]


def stand_in(folder: Path, script: str) -> str:
    """Write a shell script that can be run, and give its path."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return str(program)
