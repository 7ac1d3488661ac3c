"""The MCP servers of the settings: started side by side, in the background, and asked for their tools.

A server that cannot be had costs its tools and one line that says why; the chat goes on without it.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from langchain_core.tools import BaseTool, ToolException

from agent.settings.file.tables import Mcp
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.mcp.session import McpSession
from agent.sources.tools.mcp.tools import tools_of

__all__ = ["McpServers"]


class McpServers:
    """Some servers, each in a session that is kept, on a loop of their own."""

    def __init__(self, servers: Mapping[str, Mcp], *, environ: Mapping[str, str], folder: Path) -> None:
        """`folder` is where their error outputs are kept, a file each."""
        # Not the loop of other tools: one that a coroutine blocks is left behind, and sessions would be with it.
        self._loop = ToolLoop()
        self._sessions = [McpSession(name, config, environ=environ, folder=folder) for name, config in servers.items()]

    def tools(self) -> tuple[list[BaseTool], list[str]]:
        """The tools of all servers, and what is wrong with those that cannot be had, a line each. Blocks.

        Servers that were not started yet are, all at once; those that failed are tried again.
        """
        return self._loop.wait_for(self._tools())

    async def _tools(self) -> tuple[list[BaseTool], list[str]]:
        tools: list[BaseTool] = []
        problems: list[str] = []
        asked = await asyncio.gather(*(session.tools() for session in self._sessions), return_exceptions=True)
        for session, offered in zip(self._sessions, asked, strict=True):
            if isinstance(offered, ToolException):
                problems.append(str(offered))
            elif isinstance(offered, BaseException):
                raise offered
            else:
                tools += tools_of(offered, session, self._loop)
        return tools, problems

    def close(self) -> None:
        """End all servers. Blocks for a moment; harmless a second time."""
        self._loop.wait_for(self._close())

    async def _close(self) -> None:
        await asyncio.gather(*(session.close() for session in self._sessions), return_exceptions=True)
