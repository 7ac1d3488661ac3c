"""Changes the settings file: a value set, a rule added; comments, order and all else stay as they are.

A file that is no TOML is not touched, for what of it would be lost cannot be known.
"""

import contextlib
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from agent.errors import SettingsError
from agent.files import write_file

__all__ = ["add_rule", "create_settings", "set_value"]


def set_value(path: Path, name: str, value: str | bool | int | float) -> None:
    """Set `KEY` or `TABLE.KEY` in the settings file, which is made where there is none. Blocks.

    Raises:
        SettingsError: the file is no TOML, or cannot be written; it is as it was.
    """

    def change(document: MutableMapping[str, Any]) -> bool:
        *tables, key = name.split(".")
        table = _table(document, tables)
        if table.get(key) == value:
            return False
        table[key] = value
        return True

    _change(path, change)


def add_rule(path: Path, kind: str, rule: str) -> None:
    """Add a rule to `deny`, `ask` or `allow` of [permissions], unless it stands there. Blocks.

    Raises:
        SettingsError: the file is no TOML, or cannot be written; it is as it was.
    """

    def change(document: MutableMapping[str, Any]) -> bool:
        table = _table(document, ["permissions"])
        rules = table.get(kind)
        if rules is None:
            table[kind] = [rule]
        elif not isinstance(rules, list):
            raise SettingsError(f"{path}: permissions.{kind} is no list; mend it, and choose once more")
        elif rule in rules:
            return False
        else:
            rules.append(rule)
        return True

    _change(path, change)


def create_settings(path: Path, text: str) -> None:
    """Write a new settings file, and its folder where there is none. Blocks.

    Raises:
        SettingsError: it is there already, or cannot be written.
    """
    _write(path, text, overwrite=False)


def _change(path: Path, change: Callable[[MutableMapping[str, Any]], bool]) -> None:
    """Have `change` made to the file's document; it says whether it changed anything."""
    import tomlkit  # few starts change anything, and all would wait for it
    from tomlkit.exceptions import TOMLKitError

    try:
        before = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        before = ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read, so it was not changed: {error}") from error
    try:
        document = tomlkit.parse(before)
        is_changed = change(document)
    except TOMLKitError as error:
        raise SettingsError(f"{path} is no TOML, so it was not changed: {error}") from error
    if is_changed:
        _write(path, tomlkit.dumps(document), overwrite=True)


def _table(document: MutableMapping[str, Any], names: list[str]) -> MutableMapping[str, Any]:
    """The table of these names, made where it is missing."""
    table = document
    for name in names:
        if name not in table:
            table[name] = {}
        inner = table[name]
        if not isinstance(inner, MutableMapping):
            raise SettingsError(f"{'.'.join(names)} is no table in the settings file; mend it first")
        table = inner
    return table


def _write(path: Path, text: str, *, overwrite: bool) -> None:
    path = path.resolve()  # a link stays one: dotfiles are often kept elsewhere
    mode = None
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode & 0o777
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, [text.encode()], overwrite=overwrite)
        if mode is not None:
            path.chmod(mode)
    except FileExistsError as error:
        raise SettingsError(f"{path} is there already and is never overwritten") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror or error}") from error
