"""Finds the agent of the user's that makes the turns: a graph of a module or a file, an endpoint, or a table of the
settings that names one of them.

What is found is judged here: each problem in one line.
"""

import inspect
from collections.abc import Callable
from typing import Any

from agent.errors import UsageError
from agent.secrets import Secrets
from agent.settings.file.tables import Agent
from agent.settings.headers import filled_headers
from agent.settings.permissions import Permissions
from agent.settings.settings import AGENT, Settings
from agent.sources.source import Source
from agent.sources.tools.calls.loop import ToolLoop

__all__ = ["build_agent"]


def build_agent(settings: Settings, permissions: Callable[[], Permissions]) -> tuple[Source, list[str]]:
    """The agent that the settings name, and what is wrong that fails nothing.

    It is the name of a table of theirs, MODULE:NAME or FILE.py:NAME of a graph, or the URL of an endpoint.

    Raises:
        UsageError: there is none, or it is no agent.
    """
    named = settings.model.removeprefix(AGENT)
    table = settings.agents.get(named)
    if settings.agent_url is not None:
        return _remote(settings, settings.agent_url, named, table, permissions)
    if table is not None and isinstance(table.graph, str):
        named = table.graph
    elif ":" not in named:
        known = f"the settings have {', '.join(settings.agents)}" if settings.agents else "the settings have none"
        raise UsageError(
            f"--agent {named}: name a graph as MODULE:NAME or FILE.py:NAME, or the URL of an agent; of [agents] {known}"
        )
    return _graph_source(named), []


# Behind a URL


def _remote(
    settings: Settings, url: str, named: str, table: Agent | None, permissions: Callable[[], Permissions]
) -> tuple[Source, list[str]]:
    from agent.sources.remote.connection import Connection
    from agent.sources.remote.source import RemoteSource, Sent

    headers = filled_headers(table.headers or {}, settings.environ, table=f"agents.{named}") if table else {}
    token = None
    if table is not None and table.key_env:
        token = settings.environ.get(table.key_env)
        if token is None:
            raise UsageError(f"--agent {named}: set {table.key_env}, which [agents.{named}] names for its token")
        headers = {"Authorization": f"Bearer {token}", **headers}
    secrets = Secrets.of(settings.environ, token, url, headers=headers)
    tools, problems = _frontend_tools(settings, table, permissions, secrets)
    return RemoteSource(
        Connection(url, headers, settings.first_token_timeout),
        sent=Sent(forwarded=table.forwarded or None, context=table.context or None) if table else None,
        tools=tools,
        most_requests=settings.max_iterations,
        patience=settings.first_token_timeout,
        secrets=secrets,
    ), problems


def _frontend_tools(
    settings: Settings, table: Agent | None, permissions: Callable[[], Permissions], secrets: Secrets
) -> tuple[Any, list[str]]:
    """The tools of the user's that the agent may call, where he named some: in its table, or with this start."""
    named = dict.fromkeys([*((table.tools or ()) if table is not None else ()), *settings.named_tools])
    if not settings.use_tools or not (named or settings.named_mcp):
        return None, []
    from agent.sources.remote.frontend import FrontendTools  # few agents are given tools
    from agent.sources.tools.load import load_servers, load_tools

    loop = ToolLoop()
    of_servers, problems = load_servers({name: settings.mcp[name] for name in settings.named_mcp}, settings)
    tools = [*load_tools(tuple(named), loop), *of_servers]
    return FrontendTools(tools, permissions=permissions, loop=loop, secrets=secrets), problems


# Graphs


def _graph_source(named: str) -> Source:
    try:
        from agent.sources.graph.source import GraphSource
    except ImportError as error:
        raise UsageError(f"--agent {named}: graphs need the graph extra: pip install 'tickertape[graph]'") from error
    from agent.sources.finding import find  # behind the graph's own import, which says what is missing

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
