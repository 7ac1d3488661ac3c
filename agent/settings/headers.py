"""The headers that the settings give to a server, with what they name of the environment in its place. Sends none.

A value may hold `${NAME}`, so that a secret stands in the environment and never in the file.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agent.errors import UsageError

__all__ = ["filled_headers", "named_secrets"]

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled_headers(headers: Mapping[str, str], environ: Mapping[str, str], *, table: str) -> dict[str, str]:
    """`headers` with each variable that they name in its place; `table` of the settings has them: `mcp.NAME`.

    Raises:
        UsageError: a variable is not set; the message names it and the table.
    """

    def value(match: re.Match[str]) -> str:
        if (found := environ.get(match[1])) is None:
            raise UsageError(f"set {match[1]}, which the headers of [{table}] name")
        return found

    return {name: _REFERENCE.sub(value, text) for name, text in headers.items()}


def named_secrets(tables: Iterable[Any], environ: Mapping[str, str]) -> list[str]:
    """The values of the variables that tables of the settings name for a key or in a header."""
    named: list[str] = []
    for table in tables:
        key, headers = getattr(table, "key_env", None), getattr(table, "headers", None)
        named += [key] if isinstance(key, str) else []
        named += [name for text in (headers or {}).values() for name in _REFERENCE.findall(text)]
    return [environ[name] for name in named if name in environ]
