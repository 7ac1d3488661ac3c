"""Which format a stream is in: judged by its first records, never by its name.

The one table of all formats. To add one, write its module and name its class here.
"""

from collections.abc import Iterable
from typing import Any

from agent.formats.imports.captures.anthropic import Anthropic
from agent.formats.imports.captures.http import HttpCapture
from agent.formats.imports.captures.openai_chat import OpenAIChat
from agent.formats.imports.captures.openai_responses import OpenAIResponses
from agent.formats.imports.outputs.claude_stream import ClaudeStream
from agent.formats.imports.outputs.codex_exec import CodexExec
from agent.formats.imports.outputs.gemini_stream import GeminiStream
from agent.formats.imports.outputs.opencode_run import OpenCodeRun
from agent.formats.imports.outputs.pi_print import PiPrint
from agent.formats.imports.programs.claude_code import ClaudeCode
from agent.formats.imports.programs.codex import Codex
from agent.formats.imports.programs.gemini import Gemini
from agent.formats.imports.programs.opencode import OpenCode
from agent.formats.imports.programs.pi import Pi
from agent.formats.imports.records import Importer
from agent.formats.imports.traces.langchain import LangChainEvents
from agent.formats.imports.traces.langsmith import LangSmith
from agent.formats.imports.traces.otlp import Otlp

__all__ = ["IMPORTERS", "SNIFFED", "sniff"]

IMPORTERS: tuple[type[Importer], ...] = (
    Codex,
    PiPrint,
    Pi,
    OpenCode,
    Gemini,
    Otlp,
    LangSmith,
    LangChainEvents,
    HttpCapture,
    CodexExec,
    OpenCodeRun,
    GeminiStream,
    ClaudeStream,
    Anthropic,
    OpenAIResponses,
    OpenAIChat,
    ClaudeCode,
)
"""Those that are surer of what they see stand before those that take more for theirs."""
SNIFFED = 20
"""How many records are looked at: what a program writes first may be bookkeeping that others write alike."""


def sniff(values: Iterable[Any]) -> type[Importer] | None:
    """The importer for a stream that begins with these records; None where no format is known by them."""
    for value, _ in zip(values, range(SNIFFED), strict=False):
        if isinstance(value, dict):
            for importer in IMPORTERS:
                if importer.sniffs(value):
                    return importer
    return None
