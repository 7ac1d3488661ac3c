"""Claude Code's session files: `~/.claude/projects/<folder>/<session>.jsonl`, one record a line.

Anthropic calls the format internal (https://code.claude.com/docs/en/sessions); what stands here was read off files of
versions 1.0 to 2.1. `user` and `assistant` records wrap an Anthropic message, one content block a record, and link by
`uuid` and `parentUuid`; results of tools are `user` records. `isSidechain` marks what a sub-agent said, in the same
file or, later, in one of its own. `compact_boundary` parts a session that was summed up, `isCompactSummary` is the
sum, `isMeta` what the program put in. A record's moment is when it was written: a block's end, not how it grew.
Files of sub-agents come with the session's, where they are read from its folder (`claude_files`).
"""

from typing import Any

from agent.events.types import RETRY
from agent.formats.imports.programs.claude_messages import ClaudeMessages, command_of, has_results, prompt_of
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.values import ending, json_text, mapping, mappings, text, whole

__all__ = ["AGENT_META", "ClaudeCode"]

AGENT_META = "agent-meta"
"""The kind of the records that tell of a sub-agent whose file is read with the session's: `agentId`, and the `meta`
that lies beside the file."""

_BOOKKEEPING = frozenset(
    {
        "agent-color",
        "agent-setting",
        "attachment",
        "attribution-snapshot",
        "bridge-session",
        "content-replacement",
        "file-history-delta",
        "file-history-snapshot",
        "last-prompt",
        "mode",
        "permission-mode",
        "pr-link",
        "progress",
        "queue-operation",
        "started",
        "tag",
        "worktree-state",
    }
)
"""Kinds of record that say nothing of the conversation."""
_TITLES = {"summary": "summary", "ai-title": "aiTitle", "agent-name": "agentName", "custom-title": "customTitle"}
"""Kinds of record that name the session, with the field; a later kind counts more."""


class ClaudeCode(Importer):
    """One session, or one of its sub-agents where that has a file of its own."""

    program = "claude-code"
    timing = Timing.BLOCKS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._messages = ClaudeMessages(self.telling)
        self._runs: dict[str, str] = {}
        """The run that each record belongs to, by its `uuid`."""
        self._chains: dict[str, str] = {}
        """The sub-agent that each record of a side chain belongs to, by its `uuid`."""
        self._with_files: set[str] = set()
        """The sub-agents whose own files are read with this one: what the session repeats of them says nothing new."""
        self._is_agent_file: bool | None = None
        """Whether all of it is what a sub-agent said; None until somebody speaks."""
        self._command: tuple[str, int | None] | None = None
        """A slash command that is no turn until the model speaks."""
        self._title_rank = -1

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """Records with a message and without the output's `session_id`, or bookkeeping of this program alone."""
        if "session_id" in value:
            return False
        if value.get("type") in ("user", "assistant"):
            return isinstance(value.get("message"), dict)
        if value.get("type") == AGENT_META:
            return isinstance(value.get("agentId"), str)
        if value.get("type") in ("system", "attachment", "progress"):
            return "sessionId" in value and ("parentUuid" in value or "uuid" in value)
        if value.get("type") == "summary":
            return "leafUuid" in value
        return text(value.get("type")) in _BOOKKEEPING | _TITLES.keys() and (
            "sessionId" in value or "messageId" in value
        )

    def _kind(self, value: dict[str, Any]) -> str:
        subtype = value.get("subtype") or mapping(value.get("attachment")).get("type")
        return f"{super()._kind(value)}/{subtype}"[:80] if subtype else super()._kind(value)

    def _tell(self, record: Record) -> bool:
        value = record.value
        kind, uuid = text(value.get("type")), text(value.get("uuid"))
        at = record.at
        self._note_origin(value)
        if uuid and uuid in self._runs:  # a file that was resumed says what it took over once more
            return True
        understood = self._tell_kind(kind, value, at)
        if uuid:
            self._runs[uuid] = self.telling.run_id or ""
        return understood

    def _note_origin(self, value: dict[str, Any]) -> None:
        telling = self.telling
        if telling.origin.get("session") and telling.origin.get("folder") and telling.origin.get("version"):
            return
        for field, name in (("sessionId", "session"), ("version", "version"), ("cwd", "folder")):
            if found := text(value.get(field)):
                telling.origin.setdefault(name, found)
        telling.thread_id = telling.origin.get("session", telling.thread_id)

    def _tell_kind(self, kind: str, value: dict[str, Any], at: int | None) -> bool:
        match kind:
            case "assistant":
                return self._assistant(value, at)
            case "user":
                return self._user(value, at)
            case "system":
                return self._system(value, at)
            case "attachment" if text(mapping(value.get("attachment")).get("type")) == "queued_command":
                prompt = prompt_of(mapping(value.get("attachment")).get("prompt"))
                self.telling.text(prompt if isinstance(prompt, str) else json_text(prompt), at, role="user")
                return True
            case "progress" if text(mapping(value.get("data")).get("type")) == "agent_progress":
                return self._progress(value, at)
            case _ if kind in _TITLES:
                self._name(kind, value)
                return True
            case _ if kind == AGENT_META:
                self._is_agent_file = False
                self._with_files.add(text(value.get("agentId")))
                self._messages.agents[text(value.get("agentId"))] = mapping(value.get("meta"))
                return True
            case _:
                return kind in _BOOKKEEPING

    def _name(self, kind: str, value: dict[str, Any]) -> None:
        rank, title = list(_TITLES).index(kind), text(value.get(_TITLES[kind]))
        if title and rank >= self._title_rank:
            self._title_rank, self.telling.title = rank, title

    def _agent_of(self, value: dict[str, Any], at: int | None, prompt: str = "") -> str | None:
        """The sub-agent that a record belongs to; one that was not heard of begins."""
        is_side = value.get("isSidechain") is True
        if self._is_agent_file is None:
            self._is_agent_file = is_side
        if not is_side or self._is_agent_file:
            return None
        uuid, parent = text(value.get("uuid")), text(value.get("parentUuid"))
        agent = text(value.get("agentId")) or self._chains.get(parent) or uuid or "side chain"
        if uuid:
            self._chains[uuid] = agent
        self._messages.begin_agent(agent, "", prompt, at)
        return agent

    def _assistant(self, value: dict[str, Any], at: int | None) -> bool:
        message = mapping(value.get("message"))
        if value.get("isApiErrorMessage") is True:
            self.telling.ensure_run(at)
            said = prompt_of(message.get("content"))
            self.telling.activity("ERROR", {"message": said if isinstance(said, str) else ""}, at)
            self.telling.expect_failure(ending(said) if isinstance(said, str) else "")
            return True
        if not message:
            return False
        self._speak()
        return self._messages.assistant(message, at, self._agent_of(value, at))

    def _speak(self) -> None:
        """The model answers a slash command: now it is a turn."""
        if self._command is not None:
            (command, at), self._command = self._command, None
            self.telling.begin(command, at)

    def _user(self, value: dict[str, Any], at: int | None) -> bool:
        message = mapping(value.get("message"))
        content = message.get("content")
        if not isinstance(content, str | list):
            return False
        if has_results(content):
            agent = self._agent_of(value, at)
            extra = mapping(value.get("toolUseResult"))
            for block in mappings(content):
                if block.get("type") == "tool_result":
                    self._messages.result(block, at, agent, extra)
            return True
        question = prompt_of(content)
        said = question if isinstance(question, str) else " ".join(text(part.get("text")) for part in question)
        agent = self._agent_of(value, at, said)
        if agent is not None or self._messages.interrupted(said, at):
            return True
        if value.get("isCompactSummary") is True:
            self.telling.activity("COMPACTION", {"summary": said}, at)
            return True
        if value.get("isMeta") is True:
            return True
        return self._ask(question, said, value, at)

    def _ask(self, question: str | list[Any], said: str, value: dict[str, Any], at: int | None) -> bool:
        command = command_of(said)
        if command is not None:
            if command:
                self.telling.conclude()
                self._command = command, at
            return True
        if not question:
            return False
        self._command = None
        parent = self._runs.get(text(value.get("parentUuid"))) or None
        last = self.telling.run_id
        # Only where somebody went back and asked something else: the record above it is of an earlier turn.
        self.telling.begin(question, at, run_id=text(value.get("uuid")), parent=parent if parent != last else None)
        return True

    def _system(self, value: dict[str, Any], at: int | None) -> bool:
        match text(value.get("subtype")):
            case "compact_boundary" | "microcompact_boundary":
                facts = mapping(value.get("compactMetadata") or value.get("microcompactMetadata"))
                self.telling.activity("COMPACTION", facts or {"trigger": "unknown"}, at)
            case "api_error":
                retry = {
                    "attempt": whole(value.get("retryAttempt")),
                    "maxAttempts": whole(value.get("maxRetries")),
                    "delayMs": whole(value.get("retryInMs")),
                    "reason": _reason(value.get("error")),
                }
                self.telling.custom(RETRY, {name: found for name, found in retry.items() if found is not None}, at)
            case _:
                return True
        return True

    def _progress(self, value: dict[str, Any], at: int | None) -> bool:
        """What a sub-agent says, as versions around 2.1 tell it: a record inside a record of its call."""
        data = mapping(value.get("data"))
        inner = mapping(data.get("message"))
        message = mapping(inner.get("message"))
        agent = text(data.get("agentId"))
        if not agent or not message:
            return False
        if agent in self._with_files:
            return True
        self._messages.begin_agent(agent, text(value.get("parentToolUseID")), text(data.get("prompt")), at)
        if inner.get("type") == "assistant":
            return self._messages.assistant(message, at, agent)
        for block in mappings(message.get("content")):
            if block.get("type") == "tool_result":
                self._messages.result(block, at, agent)
        return True


def _reason(error: Any) -> str:
    found = mapping(error)
    inner = mapping(mapping(found.get("error")).get("error")) or mapping(found.get("error"))
    status = whole(found.get("status"))
    said = text(inner.get("message")) or text(found.get("message")) or "the request failed"
    return ending(f"{status} {said}" if status else said)
