"""What something of the user's is that is named as an agent: a graph, a Runnable, a function that gives events, or a
factory of one of these. Each problem is one line."""

import importlib.util
import inspect
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agent.errors import ToolLoadError, UsageError
from agent.settings.permissions import Permissions
from agent.sources.remote.local import EventFunction
from agent.sources.remote.source import RemoteSource
from agent.sources.source import Source
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.user_modules import find

__all__ = ["judged_agent", "named_agent"]


def named_agent(named: str, permissions: Callable[[], Permissions] = Permissions) -> Source:
    """The agent that MODULE:NAME or FILE.py:NAME names. `permissions` are rules about the calls that it asks about.

    Raises:
        UsageError: there is none, or it is no agent.
    """
    try:
        found = find(named, "--agent", _is_made)
    except ToolLoadError as error:
        if "langgraph" in str(error) and importlib.util.find_spec("langgraph") is None:
            raise UsageError(f"{error}; graphs need the graph extra: pip install 'tickertape[graph]'") from error
        raise
    return judged_agent(found, named, ToolLoop(), permissions)


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
    if hasattr(found, "to_ag_ui"):
        raise UsageError(f"--agent {named}: serve it (uvicorn, of its to_ag_ui()), and name its URL")
    raise UsageError(
        f"--agent {named}: {type(found).__name__} is no agent; name a LangGraph graph, a LangChain Runnable, an async "
        "generator of AG-UI events, or a function that makes one"
    )


def _is_made(value: object) -> bool:
    """Whether it is an agent already, and neither a tool nor what makes one."""
    kind = type(value)  # the value itself is foreign: to ask it may do anything
    is_graph = hasattr(kind, "aget_state") or (hasattr(kind, "compile") and hasattr(kind, "add_node"))
    return is_graph or (isinstance(value, Runnable) and not isinstance(value, BaseTool))


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
    wanted = _wanted(found)
    return wanted is not None and len(wanted) == 1 and not _is_configured(found, wanted)


def _wanted(found: Any) -> list[inspect.Parameter] | None:
    """The parameters that have to be given; None where that cannot be told."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return None
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [one for one in parameters if one.default is one.empty and one.kind not in kinds]


def _is_configured(found: Any, wanted: list[inspect.Parameter]) -> bool:
    """Whether it is a factory that takes a configuration, as LangGraph's server gives it one
    (https://docs.langchain.com/langsmith/graph-rebuild), by what it takes or gives."""
    takes = f"{wanted[0].name} {wanted[0].annotation}".lower()
    gives = str(getattr(found, "__annotations__", {}).get("return", ""))
    return "config" in takes or any(name in gives for name in ("StateGraph", "Pregel", "Runnable"))


def _made(factory: Any, named: str, loop: ToolLoop) -> Any:
    wanted = _wanted(factory)
    if wanted and not (len(wanted) == 1 and _is_configured(factory, wanted)):
        what = "; an ASGI application is served (uvicorn MODULE:NAME), and named by its URL" if len(wanted) == 3 else ""
        takes = ", ".join(one.name for one in wanted)
        raise UsageError(f"--agent {named}: {_name(factory)} wants {takes}, which is no way to make an agent{what}")
    try:
        made = factory(*[{"configurable": {}}] * len(wanted or ()))
        return loop.wait_for(_entered(made, loop))
    except Exception as error:  # a factory is foreign code
        raise UsageError(f"--agent {named}: making the agent failed: {' '.join(repr(error).split())}") from error


def _name(found: Any) -> str:
    return str(getattr(found, "__name__", type(found).__name__))


async def _entered(made: Any, loop: ToolLoop) -> Any:
    """What a factory gives: awaited, and of a context what it gives, which lasts as long as the loop."""
    if inspect.isawaitable(made):
        made = await made
    if isinstance(made, Runnable):
        return made
    if isinstance(made, AbstractAsyncContextManager):
        loop.keep(made)
        return await made.__aenter__()
    if isinstance(made, AbstractContextManager):
        loop.keep(made)
        return made.__enter__()
    return made
