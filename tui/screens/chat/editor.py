"""Writing the question in the user's own editor. Whatever goes wrong there, what was written is not lost."""

import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

__all__ = ["edit"]

_DEFAULT = "vi"


async def edit(app: App[object], text: str) -> tuple[str | None, str]:
    """`text` as the user has left it in his editor, which has the terminal meanwhile; None where it is to stay.

    The other value says why it stays, for the user; what he wrote is kept in a file then, which it names.
    """
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _DEFAULT
    try:
        command = shlex.split(chosen)
        if not command:
            return None, "EDITOR names no program"
        folder = Path(tempfile.mkdtemp(prefix="tickertape-"))
    except ValueError as error:
        return None, f"EDITOR={chosen}: {error}".replace("closing quotation", "closing quotation mark")
    except OSError as error:
        return None, f"There is no place for a file to edit: {error.strerror}"
    path = folder / "question.md"
    try:
        written = text.encode("utf-8", "replace")
        path.write_bytes(written)
        problem = await _run(app, command, path)
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


async def _run(app: App[object], command: list[str], path: Path) -> str:
    """Let the editor have the terminal; gives what went wrong."""
    problem = ""
    try:
        with app.batch_update(), app.suspend():
            try:  # inside: what leaves the block by an exception does not take the terminal back
                editor = await asyncio.create_subprocess_exec(
                    *command, str(path), stdin=sys.__stdin__, stdout=sys.__stdout__, stderr=sys.__stderr__
                )
                code = await editor.wait()
                problem = f"{command[0]} ended with {code}" if code else ""
            except OSError as error:
                problem = f"{command[0]}: {error.strerror}; set EDITOR to an editor of yours"
    except SuspendNotSupported:
        problem = "The terminal cannot be lent to an editor"
    return problem
