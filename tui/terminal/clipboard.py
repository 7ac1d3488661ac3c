"""What is copied and pasted: text on its way to the clipboard that the user sees, and text that comes from there.

A helper of the system counts only if it ended well and said nothing. The terminal is asked (OSC 52) where there is no
helper, and beside it where the screen that the user looks at may be another machine's or tmux stands in between; it
never answers, so nothing is claimed of it.
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence

from agent.threads import in_thread
from tui.terminal.output import passed_through

__all__ = ["cleaned", "copy_text"]

_HELPER_LIMIT = 3.0
"""Seconds that a helper may take; those that keep the text go on by themselves in the background."""
_OSC_LIMIT = 74_994
"""Characters in base64 that every terminal takes which takes any."""

# Compiled when something is first copied or pasted, and kept by `re`: no frame waits for that.
# An ESC before a letter is no sequence here: few are, and a letter that can be seen is not to be lost.
_SEQUENCES = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[78=>])"
# What is left of control characters, overrides of the writing direction and lone surrogates.
_CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def cleaned(text: str) -> str:
    """`text` for an input: without what a terminal would obey. Line ends become line feeds; all else stays."""
    text = re.sub(_SEQUENCES, "", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(_CONTROLS, "", text)


async def copy_text(write: Callable[[str], None], text: str, what: str, environ: Mapping[str, str] = os.environ) -> str:
    """Copy `text` and give the notice for the user, which names `what` was copied.

    `write` sends a sequence to the terminal.
    """
    size = f"{what}, {len(text):,} characters"
    data = text.encode("utf-8", "replace")
    in_tmux, is_remote = "TMUX" in environ, _is_remote(environ)
    has_tmux = in_tmux and await in_thread(_hand_over, ["tmux", "load-buffer", "-w", "-"], data, environ)
    has_helper = await in_thread(_hand_to_helper, data, environ)
    encoded = b64encode(data).decode()
    if in_tmux or is_remote or not has_helper:
        write(passed_through(f"\x1b]52;c;{encoded}\x07", environ))
    if has_helper and not is_remote:
        return f"Copied {size}"
    if has_tmux:
        return f"Copied {size}, to tmux's buffer"
    doubt = ", which may refuse so much" if len(encoded) > _OSC_LIMIT else ""
    return f"Sent {size} to the terminal's clipboard{doubt}"


def _is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the user may sit at another machine."""
    return any(name in environ for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def _hand_to_helper(data: bytes, environ: Mapping[str, str]) -> bool:
    """Give `data` to the first helper that takes it; whether one did. Blocks."""
    return any(_hand_over(helper, data, environ) for helper in _helpers(environ))


def _helpers(environ: Mapping[str, str]) -> list[list[str]]:
    """The programs that may have the user's clipboard, the likelier first; they may not be there.

    Of a machine that is reached over SSH only a display that the connection forwards is the user's.
    """
    helpers = []
    if environ.get("WAYLAND_DISPLAY"):
        helpers.append(["wl-copy"])
    if environ.get("DISPLAY"):
        helpers += [["xclip", "-selection", "clipboard", "-in"], ["xsel", "--clipboard", "--input"]]
    if not _is_remote(environ):
        if sys.platform == "darwin":
            helpers.append(["pbcopy"])
        if sys.platform == "win32" or "WSL_DISTRO_NAME" in environ:
            helpers.append(["clip.exe"])
        if "TERMUX_VERSION" in environ:
            helpers.append(["termux-clipboard-set"])
    return helpers


def _hand_over(helper: Sequence[str], data: bytes, environ: Mapping[str, str]) -> bool:
    """Run a program with `data` as its input; whether it ended well and had nothing to say. Blocks."""
    program = shutil.which(helper[0], path=environ.get("PATH"))
    if program is None:
        return False
    if helper[0] == "clip.exe":  # it takes bytes for the code page of the system, but for this
        data = data.decode().encode("utf-16")
    # A file, not a pipe: a helper that stays in the background would hold a pipe open. A session of its own: it must
    # outlive the terminal.
    with tempfile.TemporaryFile() as said:
        try:
            ended = subprocess.run(  # noqa: S603 - one of the list above
                [program, *helper[1:]],
                input=data,
                stdout=said,
                stderr=said,
                env=dict(environ),
                timeout=_HELPER_LIMIT,
                start_new_session=True,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return ended.returncode == 0 and said.seek(0, os.SEEK_END) == 0
