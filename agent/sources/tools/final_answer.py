"""The tool that ends a turn. It owns the shape of a final answer; it refuses to know who shows it or stores it."""

from langchain_core.tools import tool

__all__ = ["final_answer"]

_DESCRIPTION = """\
Give the user the final answer and end the turn.
'answer' is shown to the user as it is, so write it in natural language. 'tools_used' lists the names of the tools
whose results the answer rests on, and is empty when none was needed. You MUST end every turn with this tool."""


@tool(description=_DESCRIPTION)
def final_answer(answer: str, tools_used: list[str]) -> str:
    """Take the answer: calling this tool is what ends a turn, its arguments are what the turn gives."""
    return "answered"
