"""Lends the terminal to the user's own editor."""

import asyncio
import os
import shlex
import sys
from pathlib import Path

from textual.app import App, SuspendNotSupported

__all__ = ["edit_file"]


async def edit_file(app: App[int], path: Path) -> str:
    """Have the user edit a file in his editor, which has the terminal meanwhile; gives what went wrong, or ''."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        command = shlex.split(chosen)
    except ValueError as error:
        return f"EDITOR={chosen}: {error}"
    if not command:
        return "EDITOR names no program"
    try:
        with app.batch_update(), app.suspend():
            try:  # inside: what leaves the block by an exception does not take the terminal back
                editor = await asyncio.create_subprocess_exec(
                    *command, str(path), stdin=sys.__stdin__, stdout=sys.__stdout__, stderr=sys.__stderr__
                )
                code = await editor.wait()
            except OSError as error:
                return f"{command[0]}: {error.strerror}; set EDITOR to an editor of yours"
    except SuspendNotSupported:
        return "The terminal cannot be lent to an editor"
    return f"{command[0]} ended with {code}" if code else ""
