"""Judges what a user names as tools before any model sees them: each problem in one line, with the place.

It owns what counts as a tool (a tool, a function, a toolkit, a factory, a collection of them) and what makes one
unusable: a class, arguments that nobody can give or that no schema can tell. It runs no tool.
"""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, BaseToolkit, StructuredTool, tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from agent.errors import ToolLoadError
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.injection import NEEDED, injected_arguments, parts_of, return_hint
from agent.sources.tools.names import legal_name
from agent.sources.tools.users.adapting import by_name, is_called_by_name

__all__ = ["judged"]

_DEEPEST = 5
"""How deep collections of tools may lie in one another."""
_FACTORY = re.compile(r"_*((get|make|create|build|load)_(\w+_)?)?(tools|toolkit)")
"""Names of functions that make tools where their annotations do not say it."""


def judged(found: object, place: str, loop: ToolLoop) -> list[BaseTool]:
    """The tools that `found` is, under names that every provider takes.

    `place` says in an error where it was found; coroutines of factories and toolkits run on `loop`.

    Raises:
        ToolLoadError: it, or something in it, is no tool that a model could call.
    """
    return [_judged(_as_tool(item, place), place) for item in _single(found, place, loop)]


# What was found


def _single(found: object, place: str, loop: ToolLoop, depth: int = 0) -> list[object]:
    """Single tools and functions out of whatever holds or makes them."""
    if isinstance(found, type):
        raise ToolLoadError(f"{place}: {found.__name__} is a class; name an instance of it, such as {found.__name__}()")
    if depth == _DEEPEST:
        raise ToolLoadError(f"{place}: collections of tools lie too deep in one another")
    try:
        inner = _inner(found, loop)
    except BaseException as error:  # a factory, a toolkit or an iterator is foreign code
        raise ToolLoadError(f"{place}: making the tools failed: {_in_one_line(repr(error))}") from error
    return [found] if inner is None else [item for one in inner for item in _single(one, place, loop, depth + 1)]


def _inner(found: object, loop: ToolLoop) -> list[object] | None:
    """What a collection holds or a maker of tools makes; None for what is single."""
    make: Callable[[], Any] | None = getattr(found, "get_tools", None)  # a toolkit; an MCP client, too
    if not callable(make):
        make = found if callable(found) and _is_factory(found) else None
    if make is None and (callable(found) or isinstance(found, BaseModel | str | bytes)):
        return None
    given: Any = found if make is None else make()
    if inspect.isawaitable(given):
        given = loop.wait_for(_awaited(given))
    if isinstance(given, Mapping):
        return list(given.values())
    if isinstance(given, Iterable) and not isinstance(given, BaseModel | str | bytes):
        return list(given)
    return None if make is None else [given]


async def _awaited(given: Awaitable[Any]) -> Any:
    return await given


def _is_factory(function: Callable[..., Any]) -> bool:
    """Whether a function makes tools, by its annotation or its name, and needs nothing for it."""
    if isinstance(function, BaseTool) or not inspect.isroutine(function):
        return False
    needed = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    makes = any(
        isinstance(part, type) and issubclass(part, BaseTool | BaseToolkit) for part in parts_of(return_hint(function))
    )
    return not needed and (makes or _FACTORY.fullmatch(function.__name__) is not None)


def _as_tool(item: object, place: str) -> BaseTool:
    if isinstance(item, BaseTool):
        return item
    if isinstance(item, Runnable):
        raise ToolLoadError(f"{place}: {type(item).__name__} is a runnable; make a tool of it by .as_tool()")
    if not callable(item):
        raise ToolLoadError(f"{place}: {type(item).__name__} is neither a tool nor a function")
    try:
        return tool(item if is_called_by_name(item) else by_name(item))
    except Exception as error:  # a missing docstring, or an annotation that no schema can be made of
        name = getattr(item, "__name__", type(item).__name__)
        raise ToolLoadError(f"{place}: {name} makes no tool: {_in_one_line(str(error))}") from error


# What makes a tool unusable


def _judged(found: BaseTool, place: str) -> BaseTool:
    if needed := [name for name, kind in injected_arguments(found).items() if kind == NEEDED]:
        raise ToolLoadError(
            f"{place}: {found.name} has to be given {' and '.join(needed)} by its own graph, not by a model; "
            "give it a default, or leave the tool to that graph"
        )
    try:
        update = _mended(found)
        mended = found.model_copy(update=update) if update else found
        function = convert_to_openai_tool(mended)["function"]
        json.dumps(function, allow_nan=False)
    except Exception as error:  # of LangChain and pydantic, whatever they find about the arguments
        raise ToolLoadError(
            f"{place}: the arguments of {found.name} cannot be told to a model: {_in_one_line(str(error))}"
        ) from error
    given = function.get("parameters", {}).get("properties", {})
    if isinstance(found, StructuredTool) and (taken := [name for name in given if _is_taken(name)]):
        name = taken[0].removeprefix("v__")
        raise ToolLoadError(f"{place}: {found.name} has an argument named {name}, a name that LangChain keeps")
    return mended


def _mended(found: BaseTool) -> dict[str, Any]:
    """The fields of a tool that are to be others, for models to be able to call it."""
    update: dict[str, Any] = {}
    if (name := legal_name(found.name)) != found.name:
        update["name"] = name
    if isinstance(found.args_schema, dict) and "properties" not in found.args_schema:  # servers refuse its absence
        update["args_schema"] = {**found.args_schema, "type": "object", "properties": {}}
    if isinstance(found, StructuredTool) and (function := found.func or found.coroutine) is not None:
        fields = getattr(found.args_schema, "model_fields", {})
        odd = {
            parameter.name
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        }
        if odd & set(fields) or "v__positional_only" in fields:  # a schema that was made of the signature
            called = by_name(function)
            update |= {"func": called, "coroutine": None, "args_schema": tool(called).args_schema}
    return update


def _is_taken(name: str) -> bool:
    """Whether LangChain's way to a function keeps an argument's name for itself, or has renamed it for that."""
    return name in ("self", "config", "run_manager", "v__args", "v__kwargs")


def _in_one_line(text: str) -> str:
    """What went wrong, without the advice that pydantic and LangChain add to it."""
    return " ".join(text.partition("For further information")[0].split())
