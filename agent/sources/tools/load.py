"""The tools an agent is given: the built-in arithmetic, the answer, and those that a user brings.

A user's tools are named on the command line as `MODULE:NAME`. Importing a module runs it, so only what the user names
is imported, and what it brings asks before it runs (the caller sees to that).
"""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from langchain_core.tools import BaseTool, tool

from agent.errors import ToolLoadError
from agent.sources.tools.arithmetic import add, divide, exponentiate, multiply, subtract
from agent.sources.tools.final_answer import final_answer

__all__ = ["default_tools", "load_tools"]


def default_tools() -> list[BaseTool]:
    """The built-in arithmetic and `final_answer`."""
    return [add, subtract, multiply, divide, exponentiate, final_answer]


def load_tools(spec: str) -> list[BaseTool]:
    """The tools that `MODULE:NAME` names: a LangChain tool, a plain function, or a list of them.

    The module is looked for in the current folder too; `NAME` may be dotted.

    Raises:
        ToolLoadError: there is no such module or name, or it is no tool.
    """
    module_name, colon, name = spec.partition(":")
    if not (module_name and colon and name):
        raise ToolLoadError(f"--tools {spec}: name the tools as MODULE:NAME, for example my_tools:search")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found: object = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # the module is foreign code: anything may come out of it
        raise ToolLoadError(f"--tools {spec}: importing {module_name} failed: {error!r}") from error
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise ToolLoadError(f"--tools {spec}: {module_name} has no {name}") from error
    items = list(found) if isinstance(found, Iterable) and not isinstance(found, BaseTool | str) else [found]
    return [_as_tool(item, spec) for item in items]


def _as_tool(item: object, spec: str) -> BaseTool:
    if isinstance(item, BaseTool):
        return item
    if not callable(item):
        raise ToolLoadError(f"--tools {spec}: {type(item).__name__} is neither a tool nor a function")
    try:
        return tool(item)
    except Exception as error:  # a missing docstring, or an annotation that no schema can be made of
        raise ToolLoadError(f"--tools {spec}: {' '.join(str(error).split())}") from error
