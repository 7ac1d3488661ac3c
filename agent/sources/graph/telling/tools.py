"""What is written into a graph's stream of the tools that run in an agent which is no graph itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agent.sources.tools.calls.results import ToolResult

__all__ = ["ToolBegan", "ToolEnded"]


@dataclass(frozen=True, kw_only=True)
class ToolBegan:
    """A tool runs."""

    run: UUID
    name: str
    arguments: Mapping[str, Any]
    call_id: str | None
    """The model's id of the call, where the agent tells it."""


@dataclass(frozen=True, kw_only=True)
class ToolEnded:
    """It has run."""

    run: UUID
    result: ToolResult
