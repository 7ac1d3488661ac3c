"""Any Python value as what JSON can say, in bounded time and space.

It owns how the values that tools return are taken apart: models, dataclasses, sets, iterators, bytes and whatever has
only words for itself. It knows no message and no tool.
"""

import dataclasses
import datetime
import enum
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Any

from pydantic import BaseModel
from pydantic.v1 import BaseModel as BaseModelV1

__all__ = ["plain"]

_MOST_VALUES = 100_000
"""How many values are taken, nested ones too; an iterator may have no end."""
_DEEPEST = 40
_LEFT_OUT = "…"


def plain(value: object) -> Any:
    """`value` made of JSON's types; what JSON cannot say stands there as a text, what goes too far as `…`.

    Raises:
        Exception: whatever the value's own code raises while it is asked.
    """
    return _Walk().plain(value)


class _Walk:
    """Takes one value apart and counts how much of it has been taken."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def plain(self, value: Any, depth: int = 0) -> Any:
        """`value` made of JSON's types."""
        self._left -= 1
        if value is None or isinstance(value, str | bool):
            return _alone(value)
        if isinstance(value, enum.Enum):
            return self.plain(value.value, depth)
        if isinstance(value, int):
            return _whole(value)
        if isinstance(value, float):
            return float(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return _bytes_text(bytes(value))
        if depth >= _DEEPEST or self._left <= 0:
            return _LEFT_OUT
        if (fields := _fields(value)) is not None:
            return self._mapping(fields, depth)
        if isinstance(value, list | tuple | Iterator | range):
            return self._items(value, depth)
        if isinstance(value, Set):
            return self._items(sorted(value, key=repr), depth)
        return _words(value)

    def _mapping(self, fields: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        items = islice(fields.items(), self._left)
        return {
            _alone(key) if isinstance(key, str) else _words(key): self.plain(value, depth + 1) for key, value in items
        }

    def _items(self, items: Iterable[Any], depth: int) -> list[Any]:
        plain: list[Any] = []
        for item in items:
            if self._left <= 0:
                plain.append(_LEFT_OUT)
                break
            plain.append(self.plain(item, depth + 1))
        return plain


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """What a value holds under names; None where it holds nothing so."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields} | (value.model_extra or {})
    if isinstance(value, BaseModelV1):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # a named tuple
        return dict(zip(value._fields, value, strict=False))
    return None


def _alone(value: Any) -> Any:
    """Of a subclass of `str` (LangChain's `.text` is one) the text alone: nothing else can be written down."""
    return str.__str__(value) if isinstance(value, str) else value


def _whole(number: int) -> int | str:
    """A number whose digits can be written: Python refuses to write those with thousands of them."""
    return int(number) if number.bit_length() < 10_000 else f"a whole number of {number.bit_length()} bits"


def _bytes_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"[{len(data):,} bytes that are no text]"


def _words(value: object) -> str:
    """The words that a value has for itself; its moment in ISO 8601 where it is one."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    return str(value)
