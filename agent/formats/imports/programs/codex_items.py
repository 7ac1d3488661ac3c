"""The parts of Codex's items: texts, arguments, and what a tool gave in the many ways it is written."""

import re
from typing import Any, NamedTuple

import msgspec

from agent.formats.imports.values import json_text, mapping, mappings, number, text, whole

__all__ = ["Outcome", "arguments_of", "outcome_of", "said", "scaffold"]

_WRAPPED = re.compile(r"<([A-Za-z][\w -]*)>.*</\1>", re.DOTALL)
_INSTRUCTIONS = ("# AGENTS.md instructions", "<user_instructions>", "<environment_context>")
_EXIT = re.compile(r"^(?:Exit code|Process exited with code):? (-?\d+)$", re.MULTILINE)
_WALL = re.compile(r"^Wall time: ([\d.]+) seconds?$", re.MULTILINE)
_HEAD = 400
"""Characters at the head of a result in which the program, not the tool, writes."""


class Outcome(NamedTuple):
    """What a tool gave."""

    content: str
    is_error: bool = False
    duration: float | None = None
    """Milliseconds, where the program told it."""


def said(content: Any) -> str:
    """The text of a message's parts."""
    if isinstance(content, str):
        return content
    return "\n".join(text(part["text"]) for part in mappings(content) if "text" in part)


def scaffold(words: str) -> bool:
    """Whether a message in the user's name is the program's: instructions, or wholly in an element of its own."""
    words = words.strip()
    return not words or words.startswith(_INSTRUCTIONS) or _WRAPPED.fullmatch(words) is not None


def arguments_of(item: dict[str, Any]) -> Any:
    """A call's arguments: JSON text, the text that a free-form tool takes, or an action."""
    if "input" in item:
        return {"input": item["input"]}
    found = item.get("arguments", item.get("action"))
    return {} if found is None else found


def outcome_of(output: Any, known: Outcome | None = None) -> Outcome:
    """What a result or the end of a command says; `known` is what the other log told of it."""
    found = _event(output) if "type" in mapping(output) else _output(output)
    if known is None:
        return found
    duration = known.duration if known.duration is not None else found.duration
    return Outcome(found.content or known.content, found.is_error or known.is_error, duration)


def _event(event: dict[str, Any]) -> Outcome:
    duration = mapping(event.get("duration"))
    seconds, nanoseconds = number(duration.get("secs")), number(duration.get("nanos"))
    spent = None if seconds is None else seconds * 1000 + (nanoseconds or 0) / 1e6
    result = mapping(event.get("result"))
    if "Err" in result:
        return Outcome(json_text(result["Err"]), True, spent)
    if "Ok" in result:
        done = mapping(result["Ok"])
        return Outcome(said(done.get("content")) or json_text(done), done.get("isError") is True, spent)
    content = text(event.get("aggregated_output")) or text(event.get("stdout")) + text(event.get("stderr"))
    failed = (whole(event.get("exit_code")) != 0) if "exit_code" in event else event.get("success") is False
    return Outcome(content, failed, spent)


def _output(output: Any) -> Outcome:
    if isinstance(output, list):
        return Outcome("\n".join(text(part.get("text")) or f"[{text(part.get('type'))}]" for part in mappings(output)))
    if isinstance(output, dict):
        content = output.get("content", output.get("output", output))
        told = Outcome(json_text(content)) if isinstance(content, dict) else _output(content)
        return told._replace(is_error=output.get("success") is False)
    words = text(output)
    if words.startswith("{"):  # versions up to 0.40 wrote JSON into the text
        try:
            inner = mapping(msgspec.json.decode(words))
        except (ValueError, RecursionError):
            inner = {}
        facts = mapping(inner.get("metadata"))
        if isinstance(inner.get("output"), str) and facts:
            seconds = number(facts.get("duration_seconds"))
            failed = number(facts.get("exit_code")) not in (None, 0)
            return Outcome(inner["output"], failed, None if seconds is None else seconds * 1000)
    head = words[:_HEAD]
    code, wall = _EXIT.search(head), _WALL.search(head)
    seconds = number(wall[1]) if wall else None
    return Outcome(words, code is not None and code[1] != "0", None if seconds is None else seconds * 1000)
