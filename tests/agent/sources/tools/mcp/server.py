"""A server of the protocol's own kit, with tools that behave and tools that do not; started as a program of its own.

Its first argument is how it speaks: `stdio`, or the port of a server on loopback; the second, where there is one, the
older way to speak over HTTP (`sse`).
"""

import os
import sys
import time

from mcp import McpError
from mcp.server.fastmcp import Context, FastMCP, Image
from mcp.types import SamplingMessage, TextContent
from pydantic import BaseModel, Field

server = FastMCP("odd", log_level="ERROR")


@server.tool()
def add(x: int, y: int) -> int:
    """Add two numbers."""
    return x + y


@server.tool(name="dotted.name/with slash")
def dotted(config: str, self: str = "me") -> str:
    """Take arguments that others keep for themselves."""
    return f"{config} {self}"


@server.tool()
def environment(name: str) -> str:
    """Tell what a variable holds."""
    return os.environ.get(name, "(not given)")


@server.tool()
def fail() -> str:
    """Fail."""
    raise ValueError("the moon is new")


@server.tool(structured_output=False)
def picture() -> list[object]:
    """Give words and a picture."""
    return ["look:", Image(data=b"\x89PNG", format="png")]


@server.tool(structured_output=False)
def nothing() -> list[str]:
    """Give nothing."""
    return []


@server.tool()
def die() -> str:
    """End the server in the middle of a call."""
    os._exit(3)


class Booking(BaseModel):
    """What is asked of the user."""

    town: str = Field(description="where to")
    nights: int = 2


@server.tool()
async def book(context: Context) -> str:  # type: ignore[type-arg]  # of no session's own kind
    """Ask the user where to."""
    answer = await context.elicit("Where to, and for how long?", Booking)
    return f"{answer.data.nights} nights in {answer.data.town}" if answer.action == "accept" else answer.action


@server.tool()
async def think(context: Context) -> str:  # type: ignore[type-arg]
    """Ask the model of whoever called."""
    offered = context.session.client_params and context.session.client_params.capabilities.sampling
    asked = SamplingMessage(role="user", content=TextContent(type="text", text="How is it?"))
    try:
        await context.session.create_message([asked], max_tokens=9)
    except McpError as refused:
        return f"{'offered' if offered else 'not offered'}: {refused}"
    return "answered"


@server.tool()
async def read(pages: int, context: Context) -> str:  # type: ignore[type-arg]
    """Tell page by page how far it is."""
    for page in range(pages):
        await context.report_progress(page + 1, pages, f"page {page + 1}")
    return "read"


@server.tool()
def count() -> int:
    """How often this server was asked this."""
    count.times = getattr(count, "times", 0) + 1  # type: ignore[attr-defined]
    return count.times  # type: ignore[attr-defined,no-any-return]


for number in range(int(os.environ.get("ODD_MORE", "0"))):
    server.add_tool(lambda number=number: number, name=f"more_{number}", description="One of many.")

if __name__ == "__main__":
    if "ODD_FLOOD" in os.environ:
        for _line in range(60_000):
            sys.stderr.write("x" * 99 + "\n")
    time.sleep(float(os.environ.get("ODD_SLOW", "0")))
    if sys.argv[1] == "stdio":
        server.run()
    else:
        server.settings.port = int(sys.argv[1])
        server.run("sse" if sys.argv[2:] == ["sse"] else "streamable-http")
