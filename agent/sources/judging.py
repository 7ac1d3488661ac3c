"""What something of the user's is that is named as an agent: a graph, a Runnable, a function that gives events, or a
factory of one of these. Each problem is one line."""

import inspect
from collections.abc import Callable
from typing import Any

from langchain_core.runnables import Runnable

from agent.errors import UsageError
from agent.settings.permissions import Permissions
from agent.sources.remote.local import EventFunction
from agent.sources.remote.source import RemoteSource
from agent.sources.source import Source
from agent.sources.tools.calls.loop import ToolLoop

__all__ = ["judged_agent"]


def judged_agent(
    found: Any, named: str, loop: ToolLoop, permissions: Callable[[], Permissions] = Permissions
) -> Source:
    """The agent that `found` is, or that it makes; its coroutines run on `loop`. `permissions` are rules about
    the calls that it asks about.

    Raises:
        UsageError: it is none.
    """
    if isinstance(found, type):
        raise UsageError(f"--agent {named}: {found.__name__} is a class; name an agent, or a function that makes one")
    if (source := _agent(found, named, loop, permissions)) is not None:
        return source
    if callable(found):
        made = _made(found, named, loop)
        if (source := _agent(made, named, loop, permissions)) is not None:
            return source
        found = made
    raise UsageError(
        f"--agent {named}: {type(found).__name__} is no agent; name a LangGraph graph, a LangChain Runnable, an async "
        "generator of AG-UI events, or a function that makes one"
    )


def _agent(found: Any, named: str, loop: ToolLoop, permissions: Callable[[], Permissions]) -> Source | None:
    """What `found` is itself."""
    if hasattr(found, "compile") and not hasattr(found, "astream"):
        found = found.compile()
    if isinstance(found, Runnable) or (hasattr(found, "astream") and hasattr(found, "aget_state")):
        return _graph_source(found, named, loop, permissions)
    if callable(found) and _gives_events(found):
        return RemoteSource(EventFunction(found, named, loop), permissions=permissions)
    return None


def _graph_source(found: Any, named: str, loop: ToolLoop, permissions: Callable[[], Permissions]) -> Source:
    try:
        from agent.sources.graph.runnables import graph_of
        from agent.sources.graph.source import GraphSource
    except ImportError as error:
        raise UsageError(f"--agent {named}: it needs the graph extra: pip install 'tickertape[graph]'") from error
    return GraphSource(found if hasattr(found, "aget_state") else graph_of(found), loop, permissions)


def _gives_events(found: Any) -> bool:
    """Whether it is a function that gives events, and no factory: it is an asynchronous generator, or is to be given
    the request."""
    called = found if inspect.isroutine(found) else getattr(type(found), "__call__", found)  # noqa: B004 - looked at
    if inspect.isasyncgenfunction(called):
        return True
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return False
    wanted = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    return len(wanted) == 1


def _made(factory: Any, named: str, loop: ToolLoop) -> Any:
    try:
        made = factory()
        return loop.wait_for(_awaited(made)) if inspect.isawaitable(made) else made
    except Exception as error:  # a factory is foreign code
        raise UsageError(f"--agent {named}: making the agent failed: {' '.join(repr(error).split())}") from error


async def _awaited(made: Any) -> Any:
    return await made
