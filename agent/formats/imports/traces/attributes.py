"""OTLP's attributes as plain values (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).

Knows no attribute by its name.
"""

from typing import Any

import msgspec

from agent.formats.imports.values import items, mapping, mappings, number, text

__all__ = ["any_value", "attributes_of", "json_in", "numbered"]


def attributes_of(value: Any) -> dict[str, Any]:
    """A list of keys and values as an object."""
    if isinstance(value, dict):
        return value
    return {text(item.get("key")): any_value(mapping(item.get("value"))) for item in mappings(value)}


def any_value(value: dict[str, Any]) -> Any:
    """OTLP's `AnyValue`: one field, named after its type."""
    kind, inner = next(iter(value.items()), ("", None))
    match kind:
        case "arrayValue" | "array_value":
            return [any_value(item) for item in mappings(mapping(inner).get("values"))]
        case "kvlistValue" | "kvlist_value":
            return attributes_of(mapping(inner).get("values"))
        case "intValue" | "int_value":  # 64 bits are written as text
            return inner if (count := number(inner)) is None else int(count)
        case _:
            return inner


def numbered(attributes: dict[str, Any], prefix: str) -> list[Any]:
    """The list that is spread over names like `prefix0.message.role`."""
    tree: dict[str, Any] = {}
    for name, value in attributes.items():
        if name.startswith(prefix):
            branch = tree
            *path, leaf = name[len(prefix) :].split(".")
            for part in path[:20]:
                branch = inner if isinstance(inner := branch.setdefault(part, {}), dict) else {}
            branch[leaf] = value
    return items(_lists(tree))


def _lists(value: Any) -> Any:
    """Objects whose keys are all numbers are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def json_in(value: Any) -> Any:
    """What an attribute holds that is JSON in a text; the text where it is none."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return msgspec.json.decode(value)
        except (ValueError, RecursionError):
            return value
    return value
