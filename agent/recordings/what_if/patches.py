"""What is made otherwise in a branch, as a user writes it: `NAME=VALUE`.

    model=SPEC            the model that is asked from the moment on
    system=TEXT           its system's message
    temperature=N         from 0 to 2
    message=TEXT          at the beginning of a turn the question; in it, what is said to the model at its next step
    call:ID.args=JSON     the arguments that a call is made with
    result:ID=TEXT        what a call gives

A call's ID can also be its tool's NAME, or NAME#2 where a tool is called more than once. Knows no recording.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from agent.errors import UsageError

__all__ = ["PATCHES", "Patches", "read_patches"]

PATCHES = "model=SPEC, system=TEXT, temperature=N, message=TEXT, call:ID.args=JSON or result:ID=TEXT"
"""What a patch can be, for people."""

_CALL = re.compile(r"call:(?P<id>.+?)\.args\s*=(?P<value>.*)", re.DOTALL)
_RESULT = re.compile(r"result:(?P<id>.+?)\s*=(?P<value>.*)", re.DOTALL)
_SIMPLE = re.compile(r"(?P<name>model|system|temperature|message)\s*=(?P<value>.*)", re.DOTALL)
_HOTTEST = 2.0


@dataclass(frozen=True, kw_only=True)
class Patches:
    """What is made otherwise; None and empty is what stays as it was."""

    model: str | None = None
    system: str | None = None
    temperature: float | None = None
    message: str | None = None
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of calls, by what the user calls them."""
    results: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    """All of them as they were written."""

    @property
    def asks_otherwise(self) -> bool:
        """Whether the model is asked in another way, or another one."""
        return any(one is not None for one in (self.model, self.system, self.temperature, self.message))


def read_patches(written: Iterable[str]) -> Patches:
    """The patches that were written; of two of one name the last holds.

    Raises:
        UsageError: one of them is none.
    """
    told = tuple(written)
    simple: dict[str, Any] = {}
    arguments: dict[str, dict[str, Any]] = {}
    results: dict[str, str] = {}
    for text in told:
        if found := _SIMPLE.fullmatch(text):
            simple[found["name"]] = _value(found["name"], found["value"])
        elif found := _CALL.fullmatch(text):
            arguments[found["id"]] = _object(text, found["value"])
        elif found := _RESULT.fullmatch(text):
            results[found["id"]] = found["value"]
        else:
            raise UsageError(f"{text!r} is no patch; one is {PATCHES}")
    return Patches(**simple, arguments=arguments, results=results, told=told)


def _value(name: str, text: str) -> str | float:
    if name == "temperature":
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= _HOTTEST:
            raise UsageError(f"temperature={text}: a number from 0 to {_HOTTEST:g} is needed")
        return value
    if not text.strip():
        raise UsageError(f"{name}= needs a value behind it")
    return text.strip() if name == "model" else text


def _object(text: str, value: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{text!r}: the arguments are no JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{text!r}: the arguments must be a JSON object")
    return found
