"""Tools of ours that an agent behind a URL may call: told with each request, called and approved here.

They run in the same toolbox as those of a model of ours, by the same rules; only the user names which are told.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from typing import Any

from langchain_core.tools import BaseTool

from agent.conversation.items import ToolCall
from agent.conversation.run import Run as Turn
from agent.runs.run import Run
from agent.secrets import Secrets
from agent.settings.permissions import Permissions
from agent.sources.executor.begun import ready_call
from agent.sources.executor.tooling import Toolbox
from agent.sources.source import ToolInfo
from agent.sources.tools.calls.loop import ToolLoop

__all__ = ["FrontendTools"]


class FrontendTools:
    """The tools, and how they are called."""

    def __init__(
        self,
        tools: Sequence[BaseTool],
        *,
        permissions: Callable[[], Permissions],
        loop: ToolLoop,
        secrets: Secrets,
        origins: Mapping[str, str] | None = None,
    ) -> None:
        names = [tool.name for tool in tools]
        self._toolbox = Toolbox(
            tools, needs_approval=names, origins=origins, permissions=permissions, loop=loop, secrets=secrets
        )

    def without(self, names: Collection[str]) -> "FrontendTools":
        """The same without these tools."""
        other = copy(self)
        other._toolbox = self._toolbox.without(names)
        return other

    @property
    def infos(self) -> list[ToolInfo]:
        """What there is to know of each."""
        return self._toolbox.told

    @property
    def told(self) -> list[dict[str, Any]]:
        """As a request tells of them."""
        return [
            {"name": tool.name, "description": tool.description, "parameters": self._toolbox.schema(tool.name)}
            for tool in self._toolbox.tools
        ]

    def schema(self, name: str, call_id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of a tool's arguments, or of the answer to a question that one asks; else empty."""
        return self._toolbox.schema(name, call_id)

    def wanted(self, turn: Turn, besides: set[str]) -> list[ToolCall]:
        """The calls of a turn that are for these tools and have no result yet, without those of `besides`."""
        names = set(self._toolbox.names)
        return [
            call
            for call in turn.calls
            if call.name in names
            and call.result is None
            and call.args_ended is not None
            and call.wire_id not in besides
        ]

    async def call(self, run: Run, calls: Sequence[ToolCall]) -> None:
        """Run calls, all at once, each asked about where its tool asks; their results are told in `run`."""
        await self._toolbox.run_calls(run, [ready_call(call, self._toolbox.tool(call.name)) for call in calls])
