"""Arguments of a tool that are not the model's to give: those that LangChain and LangGraph have injected.

It owns finding them, in a schema or in a signature, and saying which of them can be had here. It gives none.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from langchain_core.tools import BaseTool, InjectedToolArg, InjectedToolCallId
from pydantic import BaseModel
from pydantic.v1 import BaseModel as BaseModelV1

__all__ = ["CALL_ID", "NEEDED", "Injection", "injected_arguments", "parts_of", "return_hint"]

Injection = Literal["call id", "optional", "needed"]
CALL_ID: Final = "call id"
"""The id of the call, which is known here."""
NEEDED: Final = "needed"
"""Nothing here could give it, and the tool has no default for it: a graph's state, store or runtime."""


def injected_arguments(tool: BaseTool) -> dict[str, Injection]:
    """The injected arguments of a tool by name."""
    found: dict[str, Injection] = {}
    for name, marks, required in (*_of_schema(tool), *_of_signatures(tool)):
        kind = next((kind for mark in marks if (kind := _kind(mark)) is not None), None)
        if kind is not None and name not in found:
            found[name] = kind if kind == CALL_ID or required else "optional"
    return found


_Argument = tuple[str, list[Any], bool]
"""Its name, what its annotation holds, and whether it has to be given."""


def _of_schema(tool: BaseTool) -> Iterator[_Argument]:
    schema = tool.args_schema
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        for name, field in schema.model_fields.items():
            yield name, [*field.metadata, *parts_of(field.annotation)], field.is_required()
    elif isinstance(schema, type) and issubclass(schema, BaseModelV1):
        hints = _hints(schema)
        for name, old in schema.__fields__.items():
            yield name, parts_of(hints.get(name)), bool(old.required)


def _of_signatures(tool: BaseTool) -> Iterator[_Argument]:
    own = [getattr(tool, "func", None), getattr(tool, "coroutine", None)]
    for function in [one for one in own if one is not None] or [tool._run, tool._arun]:
        hints = _hints(function)
        for name, parameter in _parameters(function):
            yield name, parts_of(hints.get(name)), parameter.default is inspect.Parameter.empty


def _hints(owner: Any) -> dict[str, Any]:
    try:
        return get_type_hints(owner, include_extras=True)
    except Exception:  # an annotation that means nothing where it stands; LangChain has its own say about it
        return dict(getattr(owner, "__annotations__", {}))


def _parameters(function: Callable[..., Any]) -> list[tuple[str, inspect.Parameter]]:
    try:
        return list(inspect.signature(function).parameters.items())
    except (TypeError, ValueError):  # a built-in function may have none that can be read
        return []


def return_hint(function: Callable[..., Any]) -> Any:
    """What a function says it gives; None where it says nothing that can be read."""
    return _hints(function).get("return")


def parts_of(annotation: Any) -> list[Any]:
    """An annotation and all that it is made of."""
    return [annotation, get_origin(annotation), *(part for inner in get_args(annotation) for part in parts_of(inner))]


def _kind(mark: Any) -> Injection | None:
    """What a part of an annotation injects; None where it is an ordinary one."""
    mark = mark if isinstance(mark, type) else type(mark)
    if issubclass(mark, InjectedToolCallId):
        return CALL_ID
    # LangGraph's `ToolRuntime` carries no other sign than this base, which LangChain does not export.
    direct = any(base.__name__ == "_DirectlyInjectedToolArg" for base in mark.__mro__)
    return NEEDED if direct or issubclass(mark, InjectedToolArg) else None
