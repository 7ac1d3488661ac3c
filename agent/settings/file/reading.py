"""The settings file: where it is, and its reading. What its text means is `agent.settings.file.parsing`'s."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from agent.settings.file.contents import Problem, SettingsFile

__all__ = ["read_settings", "settings_path"]

_LIMIT = 1_000_000
"""Bytes; a larger file is no settings file."""


def settings_path(environ: Mapping[str, str]) -> Path:
    """Where the settings are: `TICKERTAPE_CONFIG`, else `settings.toml` in the platform's folder for them."""
    if named := environ.get("TICKERTAPE_CONFIG"):
        return Path(named).expanduser()
    if os.name == "posix" and not Path("/System/Library").exists():
        # What `platformdirs` gives outside macOS; to import it takes 10 ms of every start.
        folder = environ.get("XDG_CONFIG_HOME", "")
        home = Path(folder) if folder.startswith("/") else Path(environ.get("HOME") or "~").expanduser() / ".config"
        return home / "tickertape" / "settings.toml"
    import platformdirs

    return Path(platformdirs.user_config_dir("tickertape")) / "settings.toml"


def read_settings(path: Path) -> SettingsFile:
    """Read a settings file; one that is not there says nothing. Never fails: what is wrong is a problem. Blocks."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            if str(path) == os.devnull:
                return SettingsFile(path=path)
            return _unreadable(path, "it is no file")
        if status.st_size > _LIMIT:
            return _unreadable(path, f"it is larger than {_LIMIT:,} bytes")
        data = path.read_bytes()
    except FileNotFoundError:
        return SettingsFile(path=path)
    except OSError as error:
        return _unreadable(path, error.strerror or str(error))
    from agent.settings.file.parsing import parse_settings  # few starts have a file

    return parse_settings(data, path)


def _unreadable(path: Path, reason: str) -> SettingsFile:
    return SettingsFile(
        path=path, problems=(Problem(path=path, line=None, text=f"cannot be read: {reason}"),), is_trusted=False
    )
