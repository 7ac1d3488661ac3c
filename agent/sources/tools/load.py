"""The tools an agent is given: the built-in arithmetic, the answer, and those that a user brings.

A user's tools are named as `MODULE:NAME` or `FILE.py:NAME`. What they bring asks before it runs (the caller sees to
that).
"""

from collections.abc import Callable, Iterable, Mapping

from langchain_core.tools import BaseTool

from agent.errors import ToolLoadError
from agent.settings.file.tables import Mcp
from agent.settings.settings import Settings
from agent.sources.tools.arithmetic import add, divide, exponentiate, multiply, subtract
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.final_answer import final_answer
from agent.sources.tools.users.judging import judged
from agent.sources.user_modules import find

__all__ = ["default_tools", "load_servers", "load_tools"]


def default_tools() -> list[BaseTool]:
    """The built-in arithmetic and `final_answer`."""
    return [add, subtract, multiply, divide, exponentiate, final_answer]


def load_tools(
    specs: Iterable[str],
    loop: ToolLoop,
    origins: dict[str, str] | None = None,
    place_of: Callable[[str], str] = lambda _spec: "--tools",
) -> list[BaseTool]:
    """The tools that `specs` name, beside the built-in ones: tools, functions, toolkits, factories, lists of them.

    Their names are legal and there once. Coroutines that make tools run on `loop`. `origins` is told which spec brought
    each; `place_of` gives where one was named, for what is told where it cannot be loaded.

    Raises:
        ToolLoadError: there is no such module, file or name, or it is no tool.
    """
    places = {tool.name: "the built-in tools" for tool in default_tools()}
    loaded: list[BaseTool] = []
    for spec in specs:
        place = f"{place_of(spec)} {spec}"
        for tool in judged(find(spec, place_of(spec)), place, loop):
            if tool.name in places:
                raise ToolLoadError(
                    f"{place}: there is already a tool named {tool.name}, of {places[tool.name]}; "
                    "give yours a name of its own"
                )
            places[tool.name] = place
            if origins is not None:
                origins[tool.name] = spec
            loaded.append(tool)
    return loaded


def load_servers(servers: Mapping[str, Mcp], settings: Settings) -> tuple[list[BaseTool], list[str]]:
    """The tools of MCP servers, and what is wrong with those that cannot be had, a line each. Blocks."""
    if not servers:
        return [], []
    try:
        from agent.sources.tools.mcp.servers import McpServers
    except ImportError:
        return [], [f"MCP servers need the mcp extra: pip install 'tickertape[mcp]' ({', '.join(servers)} left out)"]
    return McpServers(servers, environ=settings.environ, folder=settings.data_dir).tools()
