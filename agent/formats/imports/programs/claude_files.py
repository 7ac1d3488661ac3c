"""Where Claude Code keeps what sub-agents said: in files of their own, which belong to the session's.

    <project>/<session>.jsonl
    <project>/<session>/subagents/agent-<id>.jsonl          from 2.1 on, flat however deep sub-agents nest
    <project>/<session>/subagents/agent-<id>.meta.json      {agentType, description, toolUseId, spawnDepth}
    <project>/<session>/subagents/workflows/<run>/agent-<id>.jsonl
    <project>/agent-<id>.jsonl                              2.0; its records name the session

As https://github.com/daaain/claude-code-log/pull/218 and https://github.com/langfuse/claude-observability-plugin/pull/45
found them. `toolUseId` names the call that asked, which may be another sub-agent's. What the program asks for itself
(to compact, to suggest a prompt, an aside) repeats the conversation and is left out.

Each file is told to the importer by a record of ours before all others: `agent-meta`, with the file's `meta`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from agent.files import files_below
from agent.formats.imports.programs.claude_code import AGENT_META, ClaudeCode
from agent.formats.imports.values import mapping, text
from agent.reading.foreign import Part

__all__ = ["is_part", "parts_of"]

_NAME = re.compile(r"agent-(?!a(?:compact|prompt_suggestion|side_question)-)(.+)\.jsonl")
_DEEPEST = 3
"""Folders in `subagents` that are looked into."""
_LOOKED_AT = 20
"""Records in which a file shows whose it is."""
_LINE = 2**16
"""Bytes of a record that are read for that."""
_LARGEST_META = 2**16


def parts_of(path: Path) -> list[Part]:
    """The files of a session's sub-agents; none where it has none, or is no session of Claude Code's. Blocks."""
    if path.suffix != ".jsonl" or path.name.startswith("agent-") or not os.path.isfile(path):
        return []
    files = [*_within(path.with_suffix("") / "subagents", _DEEPEST), *_beside(path)]
    if not files or not any(ClaudeCode.sniffs(record) for record in _first_records(path)):
        return []
    return [Part(file, _head(file)) for file in files]


def is_part(path: Path) -> bool:
    """Whether a file is read with another one, which is there. Blocks."""
    if not path.name.startswith("agent-") or path.suffix != ".jsonl":
        return False
    folders = path.parts[:-1]
    if "subagents" in folders:
        session = Path(*folders[: len(folders) - 1 - folders[::-1].index("subagents")])
    elif not (named := _session_in(path)):
        return False
    else:
        session = path.with_name(named)
    return os.path.isfile(f"{session}.jsonl")


def _within(folder: Path, deepest: int) -> Iterator[Path]:
    """The files of sub-agents in a folder and below, no links."""
    return files_below(folder, _NAME.fullmatch, deepest=deepest, follows_links=False)


def _beside(path: Path) -> list[Path]:
    """Those that lie beside the session's file and name it."""
    try:
        changed = path.parent.stat().st_mtime_ns
    except OSError:
        return []
    return [file for file, session in _agents_in(path.parent, changed) if session == path.stem]


@lru_cache(maxsize=4)
def _agents_in(folder: Path, changed: int) -> list[tuple[Path, str]]:
    """The files of sub-agents in a folder that was last changed then, each with its session's name."""
    return [(file, _session_in(file)) for file in _within(folder, 0)]


def _session_in(path: Path) -> str:
    found = (text(record.get("sessionId")) for record in _first_records(path) if record.get("isSidechain") is True)
    return next(filter(None, found), "")


def _first_records(path: Path) -> Iterator[dict[str, Any]]:
    """What is readable of the first lines of a file."""
    with suppress(OSError), path.open("rb") as file:
        for line in islice(iter(lambda: file.readline(_LINE), b""), _LOOKED_AT):
            with suppress(ValueError, RecursionError):
                yield mapping(msgspec.json.decode(line))


def _head(path: Path) -> bytes:
    """The record that tells of a sub-agent's file."""
    name = _NAME.fullmatch(path.name)
    meta: dict[str, Any] = {}
    with suppress(OSError, ValueError, RecursionError), path.with_suffix(".meta.json").open("rb") as file:
        meta = mapping(msgspec.json.decode(file.read(_LARGEST_META)))
    return msgspec.json.encode({"type": AGENT_META, "agentId": name[1] if name else path.stem, "meta": meta})
