"""Puts text on the clipboard and says what really happened."""

import os

from textual.app import App

from agent.threads import in_thread

__all__ = ["copy_text"]


async def copy_text(app: App[object], text: str, what: str) -> str:
    """Copy `text` and give the notice for the user.

    The system's own clipboard where there is one, else the terminal is asked (OSC 52), which may refuse silently: the
    notice does not claim more. Over SSH the machine's clipboard is not the user's.
    """
    import pyperclip  # not before something is copied: it looks for a dozen programs

    size = f"{what}, {len(text):,} characters"
    if "SSH_CONNECTION" not in os.environ:
        try:
            await in_thread(pyperclip.copy, text)
        except pyperclip.PyperclipException:
            pass
        else:
            return f"Copied {size}"
    app.copy_to_clipboard(text)
    return f"Sent {size} to the terminal's clipboard"
