"""The arguments of a call that is complete, read strictly: all of them or a reason why not.

LangChain's own parser makes `{"amount": 1}` of the cut text `{"amount": 1`; nothing here guesses at what is missing.
"""

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from agent.text import all_well_formed

__all__ = ["ARGUMENTS", "ArgumentsError", "read_arguments"]

ARGUMENTS = ("arguments", "parameters", "input", "args")
"""What models call the arguments where they write a call itself, and servers pass that on; the likeliest first."""
_BESIDE = ("name", "type", "id")
"""What a call has besides its arguments."""
_NO_VALUE = ("", "null", "none", "[]")
"""Texts that stand for an empty list."""
_FENCE = re.compile(r"\s*```(?:json)?\s*(\{.*\})\s*(?:```)?\s*", re.DOTALL)


class ArgumentsError(ValueError):
    """A text is no JSON object; the message says why, for the model to read."""


def read_arguments(text: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a model wrote for a tool whose schema has `properties`.

    As LangChain does, it takes raw control characters in strings. A text that holds the JSON once more is decoded once
    more, for the whole and for an argument that the schema wants to be no string: an object, a list, a number. Marks
    of a block of code around the whole, or a call around its arguments, are no part of it. Where only a text will do, a
    number, a list or an object is told as one; where only a list will do, a single value is a list of it, and none is
    the empty one.

    Raises:
        ArgumentsError: it is no JSON, or no object.
    """
    # JSON's escapes can spell half a surrogate pair, which no tool result or request could carry on.
    value = all_well_formed(_parsed(_without_fence(text).strip() or "{}"))
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = all_well_formed(_parsed(value))
    if value in (None, "", []):  # how some say that there are none: PHP cannot tell an empty object from a list
        value = {}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    value = _unwrapped(value, properties)
    if not isinstance(value, dict):
        raise ArgumentsError(f"The arguments must be a JSON object, not {type(value).__name__}.")
    return {name: _mended(argument, properties.get(name)) for name, argument in value.items()}


def _unwrapped(value: Any, properties: Mapping[str, Any]) -> Any:
    """The arguments of a call that was written as a whole where its arguments belong."""
    for name in ARGUMENTS:
        inner = value.get(name) if isinstance(value, dict) and name not in properties else None
        if isinstance(inner, dict) and value.keys() <= {name, *_BESIDE} - properties.keys():
            return inner
    return value


def _without_fence(text: str) -> str:
    fenced = _FENCE.fullmatch(text)
    return fenced[1] if fenced is not None else text


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ArgumentsError(f"The arguments are not valid JSON: {error}") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _mended(argument: Any, schema: Any) -> Any:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind == "string" and not isinstance(argument, str | None):
        return json.dumps(argument, ensure_ascii=False)
    if isinstance(argument, str) and not _takes_text(schema):
        argument = _decoded(argument, python=kind == "array")
    if kind == "array" and (argument is None or (isinstance(argument, str) and argument.lower() in _NO_VALUE)):
        return []
    if kind == "array" and isinstance(argument, str) and _takes_text(schema.get("items")):
        return [argument]
    return argument


def _decoded(argument: str, *, python: bool) -> Any:
    """The value that a text holds once more, in JSON or as `python` writes a list; the text where it holds none."""
    try:
        value = _parsed(argument)
    except ArgumentsError:
        if not python or not argument.lstrip().startswith("["):
            return argument
        try:
            value = ast.literal_eval(argument.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return argument
        value = value if isinstance(value, list) and all(isinstance(one, str) for one in value) else argument
    return all_well_formed(value) if not isinstance(value, str) else argument


def _takes_text(schema: Any) -> bool:
    """Whether a string is what the schema may want; one that does not say is taken to."""
    if not isinstance(schema, Mapping):
        return True
    if alternatives := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return any(_takes_text(one) for one in alternatives) if isinstance(alternatives, list) else True
    kind = schema.get("type")
    if kind is None:
        return "$ref" not in schema and "properties" not in schema and "items" not in schema
    return "string" in kind if isinstance(kind, list) else kind == "string"
