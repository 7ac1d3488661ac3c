"""Changing the settings file from the screen: in the user's editor, and the theme that was chosen."""

from pathlib import Path
from typing import Any

from textual.app import App

from agent.errors import TickertapeError
from agent.settings.file.template import TEMPLATE
from agent.settings.file.writing import create_settings, set_value
from agent.threads import in_thread
from tui.terminal.editor import chosen_editor, edit_file

__all__ = ["edit_settings", "keep_theme"]


async def edit_settings(app: App[Any], path: Path) -> str:
    """Have the user edit the file, which is made where there is none; gives what went wrong in the editor, or ''.

    Raises:
        TickertapeError: there is no editor, or the file cannot be made.
    """
    command = chosen_editor()
    await in_thread(_create, path)
    return await edit_file(app, command, path)


def keep_theme(path: Path, theme: str) -> str:
    """Write down a theme for the next start; gives what went wrong, or ''. Blocks."""
    try:
        set_value(path, "screen.theme", theme)
    except TickertapeError as error:
        return f"This theme is for now only: {error}"
    return ""


def _create(path: Path) -> None:
    if not path.exists():
        create_settings(path, TEMPLATE)
