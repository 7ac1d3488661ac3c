"""Finds the agent of the user's that makes the turns: one of a module or a file, an endpoint, or a table of the
settings that names one of them.

What is found is judged here: each problem in one line.
"""

import os
from collections.abc import Callable
from typing import Any

from agent.errors import UsageError
from agent.secrets import Secrets
from agent.settings.file.tables import Agent
from agent.settings.headers import filled_headers
from agent.settings.permissions import Permissions
from agent.settings.settings import Settings
from agent.sources.source import Source
from agent.sources.tools.calls.loop import ToolLoop
from agent.specs import AGENT

__all__ = ["build_agent"]


def build_agent(
    settings: Settings, permissions: Callable[[], Permissions], *, is_apart: bool = True
) -> tuple[Source, list[str]]:
    """The agent that the settings name, and what is wrong that fails nothing.

    It is the name of a table of theirs, MODULE:NAME or FILE.py:NAME of an agent, or the URL of an endpoint. The user's
    own code gets a process of its own where `is_apart`, on systems that have what that takes.

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
            f"--agent {named}: name an agent as MODULE:NAME or FILE.py:NAME, or by its URL; of [agents] {known}"
        )
    if is_apart and os.name == "posix":
        from agent.sources.apart.source import ApartSource

        return ApartSource(named, permissions, settings.secrets), []
    from agent.sources.judging import named_agent

    return named_agent(named, permissions), []


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
        permissions=permissions,
        most_requests=settings.max_iterations,
        patience=settings.first_token_timeout,
        secrets=secrets,
    ), problems


def _frontend_tools(
    settings: Settings, table: Agent | None, permissions: Callable[[], Permissions], secrets: Secrets
) -> tuple[Any, list[str]]:
    """The tools of the user's that the agent may call, where he named some: in its table, or with this start."""
    of_table = (table.tools or ()) if table is not None else ()
    named = dict.fromkeys([*of_table, *settings.named_tools])
    if not settings.use_tools or not (named or settings.named_mcp):
        return None, []
    from agent.sources.remote.frontend import FrontendTools  # few agents are given tools
    from agent.sources.tools.load import load_servers, load_tools

    loop = ToolLoop()
    of_servers, problems = load_servers({name: settings.mcp[name] for name in settings.named_mcp}, settings)
    origins: dict[str, str] = {}
    table_name = f"[agents.{settings.model.removeprefix(AGENT)}] tools"

    def place_of(spec: str) -> str:
        return "--tools" if spec in settings.named_tools else table_name

    tools = [*load_tools(tuple(named), loop, origins, place_of), *of_servers]
    origins |= {tool.name: f"MCP server {tool.name.split('__')[1]}" for tool in of_servers}
    return FrontendTools(tools, permissions=permissions, loop=loop, secrets=secrets, origins=origins), problems
