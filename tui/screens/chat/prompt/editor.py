"""Writing the question in the user's own editor. Whatever goes wrong there, what was written is not lost."""

import shutil
import tempfile
from pathlib import Path

from textual.app import App

from agent.errors import UsageError
from tui.terminal.editor import chosen_editor, edit_file

__all__ = ["edit"]


async def edit(app: App[object], text: str) -> tuple[str | None, str]:
    """`text` as the user has left it in his editor, which has the terminal meanwhile; None where it is to stay.

    The other value says why it stays, for the user; what he wrote is kept in a file then, which it names.
    """
    try:
        command = chosen_editor()
        folder = Path(tempfile.mkdtemp(prefix="tickertape-"))
    except UsageError as error:
        return None, str(error)
    except OSError as error:
        return None, f"There is no place for a file to edit: {error.strerror}"
    path = folder / "question.md"
    try:
        written = text.encode("utf-8", "replace")
        path.write_bytes(written)
        problem = await edit_file(app, command, path)
        after = path.read_bytes()
        if not problem:
            edited = after.decode().rstrip("\n")
            shutil.rmtree(folder, ignore_errors=True)
            return edited, ""
    except FileNotFoundError:
        problem, after = f"{command[0]} left no file", written
    except OSError as error:
        problem, after = f"{path}: {error.strerror}", written
    except UnicodeDecodeError:
        problem = f"{command[0]} left no UTF-8 text"
    if after == written:
        shutil.rmtree(folder, ignore_errors=True)
        return None, f"{problem}; the question is as it was"
    return None, f"{problem}; what was written is in {path}"
