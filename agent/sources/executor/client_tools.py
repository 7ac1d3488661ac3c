"""What a client's request brings for the model besides the conversation: tools that the client runs, and instructions.

The shapes are AG-UI's (https://docs.ag-ui.com/concepts/tools): of a tool a name, a description, a JSON Schema of the
arguments; of the context a description and a value.
"""

from collections.abc import Collection, Sequence
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool

from agent.events.types import RunInput
from agent.sources.tools.names import legal_name

__all__ = ["client_tools", "instructions_of"]


def client_tools(told: Sequence[Any], taken: Collection[str]) -> tuple[list[BaseTool], list[str]]:
    """The tools of a request, and what is wrong with those that cannot be had; `taken` are names of other tools."""
    tools: dict[str, BaseTool] = {}
    problems: list[str] = []
    for one in told:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name or legal_name(name) != name:
            problems.append(
                f"A tool of the client was left out: its name has to be letters, digits, _ and -, not {name!r}"
            )
        elif name in taken or name in tools:
            problems.append(f"The client's tool {name} was left out: there is already one of that name")
        else:
            tools[name] = _tool(name, one)
    return list(tools.values()), problems


def instructions_of(request: RunInput) -> str:
    """What the client's system and developer messages say, and its context; empty where there is nothing."""
    said = [
        message.content
        for message in request.messages
        if message.role in ("system", "developer") and isinstance(message.content, str) and message.content.strip()
    ]
    known = [one for one in request.context or () if isinstance(one, dict)]
    context = [f"{one.get('description', '')}: {one.get('value', '')}" for one in known]
    return "\n\n".join([*said, "\n".join(context)]).strip()


def _tool(name: str, told: dict[str, Any]) -> BaseTool:
    schema = told.get("parameters")
    schema = schema if isinstance(schema, dict) else {}
    properties = schema.get("properties")
    description = told.get("description")
    return StructuredTool(
        name=name,
        description=description if isinstance(description, str) and description else name,
        args_schema={**schema, "type": "object", "properties": properties if isinstance(properties, dict) else {}},
        coroutine=_never,
    )


async def _never(**_arguments: Any) -> None:
    raise NotImplementedError("the client runs it")
