"""What a call's arguments, or an answer, can hold: a field for each, as a JSON Schema says, and what is written there.

Knows values and a schema, and no tool; the last word has the tool's own validation.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Field", "answer_fields", "fields_of", "is_open_answer", "read_json", "truth_of", "value_of"]

_SINGLE = "answer"
"""The field of an answer that is a single value."""

Kind = Literal["text", "lines", "number", "whole", "truth", "choice", "json"]

_WORDS: dict[Kind, str] = {
    "text": "text",
    "lines": "text",
    "number": "a number",
    "whole": "a whole number",
    "truth": "true or false",
    "choice": "",
    "json": "JSON",
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One argument."""

    name: str
    kind: Kind
    text: str
    """What stands in it at first."""
    is_required: bool = False
    choices: tuple[Any, ...] = ()
    words: str = ""
    """What the schema says of it."""
    is_told: bool = True
    """Whether the schema says what it can be."""
    is_given: bool = True
    """Whether the call has it; one that it has not and that stays empty is left out."""

    @property
    def allowed(self) -> str:
        """What can be written, in words."""
        return " or ".join(map(_text, self.choices)) if self.kind == "choice" else _WORDS[self.kind]


def fields_of(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Field]:
    """The fields of a call: what the schema names, in its order, then what else the call has."""
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    required = schema.get("required")
    required = required if isinstance(required, list) else []
    names = dict.fromkeys((*properties, *arguments))
    return [_field(name, arguments, properties.get(name), name in required) for name in names]


def answer_fields(told: Mapping[str, Any], form: Mapping[str, Any]) -> list[Field]:
    """The fields of an answer to the question `told`, as far as its form names them."""
    properties = form.get("properties")
    names = properties if isinstance(properties, Mapping) else {}
    return fields_of({name: value for name, value in told.items() if name in names}, form)


def _field(name: str, arguments: Mapping[str, Any], wanted: Any, is_required: bool) -> Field:
    wanted = wanted if isinstance(wanted, Mapping) else {}
    is_given = name in arguments
    value = arguments.get(name, wanted.get("default"))
    choices = _choices(wanted)
    kind: Kind
    match wanted.get("type"):
        case _ if isinstance(choices, list) and choices:
            kind = "choice"
        case "string" if isinstance(value, str | None):
            kind = "lines" if value and "\n" in value else "text"
        case "integer" if not isinstance(value, str | float):
            kind = "whole"
        case "number" if not isinstance(value, str):
            kind = "number"
        case "boolean" if isinstance(value, bool | None):
            kind = "truth"
        case _:
            is_text = isinstance(value, str) and not wanted
            kind = ("lines" if "\n" in value else "text") if is_text else "json"
    text = "" if value is None and not (is_given and kind == "json") else _text(value, as_json=kind == "json")
    return Field(
        name=name,
        kind=kind,
        text=text,
        is_required=is_required,
        choices=tuple(choices) if kind == "choice" and isinstance(choices, list) else (),
        words=wanted["description"] if isinstance(wanted.get("description"), str) else "",
        is_told=bool(wanted.keys() - {"default", "description", "title"}),
        is_given=is_given,
    )


def _choices(wanted: Mapping[str, Any]) -> Any:
    """The values of which it has to be one, as `enum` or as `oneOf` tells them."""
    told = wanted.get("oneOf")
    if "enum" in wanted or not isinstance(told, list):
        return wanted.get("enum")
    values = [one["const"] for one in told if isinstance(one, Mapping) and "const" in one]
    return values if len(values) == len(told) else None


def _text(value: Any, *, as_json: bool = False) -> str:
    return value if isinstance(value, str) and not as_json else json.dumps(value, ensure_ascii=False)


def truth_of(fields: Sequence[Field]) -> Field | None:
    """The one field that a yes or a no fills, where that says all; else None."""
    truths = [field for field in fields if field.kind == "truth"]
    needed = [field for field in fields if field.is_required]
    is_all = len(truths) == 1 and (needed == truths or list(fields) == truths)
    return truths[0] if is_all else None


def is_open_answer(fields: Sequence[Field]) -> bool:
    """Whether nothing is told of what an answer holds."""
    return len(fields) == 1 and fields[0].name == _SINGLE and not fields[0].is_told


def value_of(field: Field, text: str) -> Any:
    """What `text` says in a field.

    Raises:
        ValueError: it says nothing that the field can be; the message says what it can.
    """
    try:
        match field.kind:
            case "text" | "lines":
                return text
            case "choice":
                return next(choice for choice in field.choices if _text(choice) == text.strip())
            case "truth":
                return {"true": True, "false": False}[text.strip().lower()]
            case "whole":
                return int(text.strip())
            case "number":
                value = read_json(text)
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise ValueError
                return value
            case _:
                return read_json(text)
    except (ValueError, KeyError, StopIteration, RecursionError) as error:
        raise ValueError(f"{field.allowed} is needed") from error


def read_json(text: str) -> Any:
    """The value that is written; what Python alone takes for JSON is refused.

    Raises:
        ValueError: there is none.
        RecursionError: it is too deep.
    """
    return json.loads(text, parse_constant=_refuse)


def _refuse(_name: str) -> Any:
    raise ValueError
