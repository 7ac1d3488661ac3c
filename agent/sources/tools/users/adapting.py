"""Makes functions callable by name: a model gives arguments as one object, never by position.

It owns functions that LangChain cannot make a working tool of: with `*args`, `**kwargs` or arguments by position only,
partial ones, and objects that can be called. All others are left as they are.
"""

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, get_type_hints

__all__ = ["by_name", "is_called_by_name"]


def is_called_by_name(function: Callable[..., Any]) -> bool:
    """Whether every argument can be given by its name, and the function has a name itself."""
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    named = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    return hasattr(function, "__name__") and kinds <= named


def by_name(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` for arguments by name: `*items` is a list named `items`, `**more` an object named `more`.

    Raises:
        ValueError: the signature cannot be read.
    """
    signature = inspect.signature(function)
    own: Any = function.func if isinstance(function, functools.partial) else function
    code = own if hasattr(own, "__name__") else type(own).__call__

    def call(**given: Any) -> Any:
        arguments = {
            name: _EMPTY.get(parameter.kind, tuple)()
            if given[name] is None and parameter.kind in _EMPTY
            else given[name]
            for name, parameter in signature.parameters.items()
            if name in given
        }
        bound = inspect.BoundArguments(signature, OrderedDict(arguments))
        return function(*bound.args, **bound.kwargs)

    hints = _hints(code)
    parameters = [_named(parameter, hints) for parameter in signature.parameters.values()]
    call.__name__ = getattr(own, "__name__", None) or type(own).__name__
    call.__qualname__ = call.__name__
    call.__doc__ = inspect.getdoc(own) if own is code else inspect.getdoc(code) or inspect.getdoc(type(own))
    call.__module__ = code.__module__
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | (
        {"return": hints["return"]} if "return" in hints else {}
    )
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what `signature` looks for
    return call


_EMPTY: dict[Any, type[tuple[Any, ...]] | type[dict[str, Any]]] = {
    inspect.Parameter.VAR_POSITIONAL: tuple,
    inspect.Parameter.VAR_KEYWORD: dict,
}


def _named(parameter: inspect.Parameter, hints: dict[str, Any]) -> inspect.Parameter:
    """A parameter as it is given by its name."""
    hint = hints.get(parameter.name, Any)
    if parameter.kind is parameter.VAR_POSITIONAL:
        return parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=list[hint], default=[])  # type: ignore[valid-type]
    if parameter.kind is parameter.VAR_KEYWORD:
        return parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=dict[str, hint], default={})  # type: ignore[valid-type]
    return parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=hint)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except Exception:  # an annotation that means nothing where it stands
        return dict(getattr(function, "__annotations__", {}))
