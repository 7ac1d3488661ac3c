"""Finds the agent of the user's that makes the turns: a graph of a module or a file, or a table of the settings.

What is found is judged here: each problem in one line.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from agent.errors import UsageError
from agent.settings.file.tables import Agent
from agent.sources.finding import find
from agent.sources.source import Source
from agent.sources.tools.calls.loop import ToolLoop

__all__ = ["build_agent"]


def build_agent(named: str, agents: Mapping[str, Agent]) -> Source:
    """The agent that `named` is: the name of a table of `agents`, or MODULE:NAME or FILE.py:NAME of a graph.

    Raises:
        UsageError: there is none, or it is no graph.
    """
    if (table := agents.get(named)) is not None:
        if not isinstance(table.graph, str):
            raise UsageError(f"[agents.{named}]: agents behind a URL are not supported yet; name a graph")
        named = table.graph
    elif ":" not in named:
        known = f"the settings have {', '.join(agents)}" if agents else "the settings have none"
        raise UsageError(f"--agent {named}: name a graph as MODULE:NAME or FILE.py:NAME; of [agents] {known}")
    try:
        from agent.sources.graph.source import GraphSource
    except ImportError as error:
        raise UsageError(f"--agent {named}: graphs need the graph extra: pip install 'tickertape[graph]'") from error
    loop = ToolLoop()
    return GraphSource(_graph(find(named, "--agent"), named, loop), loop)


def _graph(found: Any, named: str, loop: ToolLoop) -> Any:
    """The compiled graph that was found, or that what was found makes."""
    if isinstance(found, type):
        raise UsageError(f"--agent {named}: {found.__name__} is a class; name a graph, or a function that makes one")
    if not hasattr(found, "astream") and not hasattr(found, "compile") and callable(found):
        found = _made(found, named, loop)
    if hasattr(found, "compile") and not hasattr(found, "astream"):
        found = found.compile()
    if not hasattr(found, "astream") or not hasattr(found, "aget_state"):
        raise UsageError(f"--agent {named}: {type(found).__name__} is no graph; one is made by LangGraph's compile()")
    return found


def _made(factory: Any, named: str, loop: ToolLoop) -> Any:
    try:
        made = factory()
        return loop.wait_for(_awaited(made)) if inspect.isawaitable(made) else made
    except Exception as error:  # a factory is foreign code
        raise UsageError(f"--agent {named}: making the graph failed: {' '.join(repr(error).split())}") from error


async def _awaited(made: Any) -> Any:
    return await made
