"""What the text of a settings file means: what can be used of it, and what is wrong, each with its line.

A mistake costs what it stands in and nothing else: a key, an entry, a statement that is no TOML. But where any of the
file could not be read, nothing is allowed by its rules, for the rule that refuses may be what was lost.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from agent.settings.file.checking import Checker, Fault
from agent.settings.file.contents import Problem, SettingsFile
from agent.settings.file.statements import line_of, statements
from agent.settings.file.tables import Document

__all__ = ["parse_settings"]

_MOST = 50
"""Statements that are given up on; a text with more of them is no TOML."""


def parse_settings(data: bytes, path: Path) -> SettingsFile:
    """The settings that the bytes of a file write."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    readable, faults = _readable(text)
    values, more = _parsed(readable)
    checker = Checker()
    taken = checker.take(Document, values)
    found = [
        *(Problem(path=path, line=line, text=words) for line, words in (*faults, *more)),
        *(_located(path, text, fault) for fault in checker.faults),
    ]
    is_trusted = not (faults or more or any(_is_of_permissions(fault) for fault in checker.faults))
    if not is_trusted and _allows(taken):
        found.append(
            Problem(path=path, line=None, text="nothing is allowed by [permissions] allow until this is mended")
        )
    return SettingsFile(
        path=path,
        text=text,
        read=msgspec.convert(taken, Document),
        problems=tuple(sorted(found, key=lambda problem: (problem.line is None, problem.line or 0))),
        is_trusted=is_trusted,
    )


def _located(path: Path, text: str, fault: Fault) -> Problem:
    return Problem(path=path, line=line_of(text, fault.path, fault.value), text=fault.words)


def _is_of_permissions(fault: Fault) -> bool:
    return "permissions" in fault.path or not fault.path


def _allows(taken: Mapping[str, Any]) -> bool:
    return any(
        table.get("permissions", {}).get("allow") for table in (taken, *(taken.get("profiles", {}) or {}).values())
    )


# What is no TOML

_AT = re.compile(r" \(at line (\d+), column \d+\)$")
_TWICE = re.compile(r"Cannot (?:overwrite a value|declare .* twice)")


def _readable(text: str) -> tuple[str, list[tuple[int, str]]]:
    """`text` without the lines whose bytes are no UTF-8, and where they stood."""
    faults: list[tuple[int, str]] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "\ufffd" in line:
            faults.append((number, "these bytes are no UTF-8"))
            lines[number - 1] = ""
    return "\n".join(lines), faults


def _parsed(text: str) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """The values of a text, and what of it is no TOML: each such statement is given up, the rest is read."""
    faults: list[tuple[int, str]] = []
    lines = text.split("\n")
    while len(faults) < _MOST:
        try:
            return tomllib.loads("\n".join(lines)), faults
        except tomllib.TOMLDecodeError as error:
            first, last, words = _given_up(lines, str(error))
            faults.append((first, words))
            lines[first - 1 : last] = [""] * (last - first + 1)
        except RecursionError:
            return {}, [*faults, (1, "it is nested too deeply")]
    return {}, [*faults, (faults[-1][0], "this is no TOML; nothing of the file was taken")]


def _given_up(lines: list[str], message: str) -> tuple[int, int, str]:
    """The lines that a fault costs, and its words; a header costs all that stands under it."""
    at = _AT.search(message)
    found = [
        one
        for one in statements("\n".join(lines))
        if any(line.strip(" \t\r") for line in lines[one.first - 1 : one.last])
    ]
    line = int(at[1]) if at is not None else len(lines)
    before = [one for one in found if one.first <= line] or found[:1]
    # What is never closed is told where the reader stumbled, behind it or at the end.
    statement = next((one for one in reversed(before) if one.is_unclosed), before[-1])
    last = statement.last
    if statement.is_header or lines[statement.first - 1].lstrip().startswith("["):
        following = (one.first - 1 for one in found if one.is_header and one.first > last)
        last = next(following, len(lines))
    reason = message[: at.start()] if at is not None else message.removesuffix(" (at end of document)")
    if _TWICE.match(reason):
        return statement.first, last, f"{'.'.join(statement.path)} is written twice; what is written first holds"
    return statement.first, last, f"this is no TOML: {reason[:1].lower()}{reason[1:]}"
