"""Lends the terminal to the user's own editor. What is edited there, and what becomes of it, is the caller's."""

import asyncio
import os
import shlex
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from agent.errors import UsageError
from tui.terminal.descriptors import screen_streams

__all__ = ["chosen_editor", "edit_file"]

_DEFAULT = "vi"


def chosen_editor() -> list[str]:
    """The command of the editor that the user's environment names.

    Raises:
        UsageError: it names none.
    """
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _DEFAULT
    try:
        command = shlex.split(chosen)
    except ValueError as error:
        words = f"EDITOR={chosen}: {error}".replace("closing quotation", "closing quotation mark")
        raise UsageError(words) from error
    if not command:
        raise UsageError("EDITOR names no program")
    return command


async def edit_file(app: App[Any], command: list[str], path: Path) -> str:
    """Have the user edit a file by `command`, which has the terminal meanwhile; gives what went wrong, or ''."""
    try:
        with app.batch_update(), app.suspend():
            keys, screen = screen_streams()
            try:  # inside: what leaves the block by an exception does not take the terminal back
                editor = await asyncio.create_subprocess_exec(
                    *command, str(path), stdin=keys, stdout=screen, stderr=screen
                )
                code = await editor.wait()
            except OSError as error:
                return f"{command[0]}: {error.strerror}; set EDITOR to an editor of yours"
    except SuspendNotSupported:
        return "The terminal cannot be lent to an editor"
    return f"{command[0]} ended with {code}" if code else ""
