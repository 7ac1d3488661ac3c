"""A server's tools as tools of the agent: under names that are legal and nobody else's, with what they give made plain.

Names are `mcp__SERVER__TOOL`, by which rules about tools know them too. What a call gives is told as
https://modelcontextprotocol.io/specification/2025-06-18/server/tools#tool-result has it: parts of content, and where
there are none the structured content.
"""

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.tools import BaseTool, ToolException
from mcp import types
from pydantic import PrivateAttr

from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.calls.surroundings import CURRENT
from agent.sources.tools.mcp.session import McpSession
from agent.sources.tools.names import legal_name

__all__ = ["McpTool", "tools_of"]


class McpTool(BaseTool):
    """A tool of a server; it runs on the servers' loop."""

    _session: McpSession = PrivateAttr()
    _loop: ToolLoop = PrivateAttr()
    _named: str = PrivateAttr()
    """What the server calls it."""

    @classmethod
    def of(cls, tool: types.Tool, session: McpSession, loop: ToolLoop) -> "McpTool":
        """A tool that `session` offers."""
        schema = {**tool.inputSchema, "type": "object"}
        made = cls(
            name=legal_name(f"mcp__{session.name}__{tool.name}"),
            description=tool.description or tool.title or tool.name,
            args_schema={"properties": {}, **schema},
        )
        made._session, made._loop, made._named = session, loop, tool.name
        return made

    def _run(self, /, **arguments: Any) -> Any:
        return self._loop.wait_for(self._call(arguments))

    async def _arun(self, /, **arguments: Any) -> Any:
        return await self._loop.run(self._call(arguments))

    async def _call(self, arguments: dict[str, Any]) -> list[dict[str, Any]] | str:
        result = await self._session.call(self._named, arguments, CURRENT.get())
        parts = [_part(block) for block in result.content]
        if result.isError:
            words = "\n".join(part["text"] for part in parts if part["type"] == "text")
            raise ToolException(words or f"{self._session.name} says that {self._named} failed")
        if not parts and result.structuredContent is not None:
            return json.dumps(result.structuredContent, ensure_ascii=False)
        return parts


def tools_of(offered: Sequence[types.Tool], session: McpSession, loop: ToolLoop) -> list[BaseTool]:
    """The tools that a server offers; of two whose names come to the same, the later is named by its place, too."""
    made: dict[str, BaseTool] = {}
    for number, one in enumerate(offered, start=1):
        tool = McpTool.of(one, session, loop)
        if tool.name in made:
            tool.name = legal_name(f"{tool.name}_{number}")
        made[tool.name] = tool
    return list(made.values())


def _part(block: types.ContentBlock) -> dict[str, Any]:
    """A part of content as LangChain's standard content blocks have it."""
    match block:
        case types.TextContent():
            return {"type": "text", "text": block.text}
        case types.ImageContent() | types.AudioContent():
            return {"type": block.type, "base64": block.data, "mime_type": block.mimeType}
        case types.ResourceLink():
            return {"type": "text", "text": f"{block.name}: {block.uri}"}
        case types.EmbeddedResource(resource=types.TextResourceContents(text=text)):
            return {"type": "text", "text": text}
        case types.EmbeddedResource(resource=types.BlobResourceContents() as resource):
            mime_type = resource.mimeType or "application/octet-stream"
            return {"type": "file", "base64": resource.blob, "mime_type": mime_type, "name": str(resource.uri)}
        case _:
            return {"type": "text", "text": block.model_dump_json()}
