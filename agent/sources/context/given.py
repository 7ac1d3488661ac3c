"""What a model call is given besides what the turns tell: told compactly in the session, and read back from it.

It owns the value of the `GIVEN` event. The system's message and the tools stand in it once a session, by a digest of
theirs, until they are others; messages do not stand in it, for the turns tell them: a digest says whether what is made
of the turns is what was sent. Nothing of how the server is reached is told: no header, key or address.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from langchain_core.messages import BaseMessage

from agent.conversation.run import Run, Step
from agent.secrets import Secrets
from agent.sources.context.history import Telling
from agent.sources.models.openai.request import to_wire
from agent.text import all_well_formed

__all__ = ["Given", "defined_in", "digest_of", "read_given"]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What one attempt at a model call is given."""

    system: str | None = None
    """None where it is not known."""
    tools: Sequence[dict[str, Any]] | None = None
    """As Chat Completions has them (https://platform.openai.com/docs/api-reference/chat/create); None as above."""
    tool_choice: str | None = None
    temperature: float | None = None
    past: Telling = "whole"
    failed_left_out: bool = False
    """Whether turns that failed are not told."""
    turns_left_out: int = 0
    """Of those that are told, the oldest that there was no room for."""
    result_share: int | None = None
    """Bytes that a result is told in, where some are longer."""
    left_out: Collection[str] = ()
    """Arguments and fields that the server has refused."""
    parts: Collection[str] = ()
    """Kinds of parts that results are told with."""
    digest: str | None = None
    """Of the messages behind the system's."""

    def told(self, known: set[str], secrets: Secrets) -> dict[str, Any]:
        """The value of the event. What it defines is `known` from then on; `secrets` are left out of that."""
        defined: dict[str, Any] = {}
        told: dict[str, Any] = {}
        for name, value in (("system", self.system), ("tools", self.tools or None)):
            if value is None:
                continue
            told[name] = _digest(value)
            if told[name] not in known:
                defined[told[name]] = json.loads(secrets.hidden(json.dumps(all_well_formed(value), default=str)))
                known.add(told[name])
        further = {
            "toolChoice": self.tool_choice,
            "temperature": self.temperature,
            "past": self.past if self.past != "whole" else None,
            "failedLeftOut": self.failed_left_out or None,
            "turnsLeftOut": self.turns_left_out or None,
            "resultShare": self.result_share,
            "leftOut": sorted(self.left_out),
            "parts": sorted(self.parts),
            "digest": self.digest,
            "defined": defined,
        }
        return told | {name: value for name, value in further.items() if value not in (None, [], {})}


def digest_of(messages: Iterable[BaseMessage]) -> str:
    """A digest of what messages say, whoever they are sent to."""
    return _digest(to_wire(messages, ""))


def _digest(value: Any) -> str:
    try:
        told = msgspec.json.encode(value)
    except UnicodeEncodeError:  # halves of surrogate pairs; to look for them first takes twice as long as all else
        told = msgspec.json.encode(all_well_formed(value))
    return sha256(told).hexdigest()[:16]


# Read back


def defined_in(runs: Iterable[Run]) -> dict[str, Any]:
    """What the model calls of these turns define, by their digests."""
    found: dict[str, Any] = {}
    for run in runs:
        for step in run.steps:
            if step.given is not None and isinstance(defined := step.given.get("defined"), dict):
                found |= defined
    return found


def read_given(step: Step, defined: Mapping[str, Any]) -> Given | None:
    """What a model call says that it was given; None where it says nothing. What is odd in it is left out."""
    if (told := step.given) is None:
        return None
    system, tools = (defined.get(str(told.get(name))) for name in ("system", "tools"))
    return Given(
        system=system if isinstance(system, str) else None,
        tools=[one for one in tools if isinstance(one, dict)] if isinstance(tools, list) else _no_tools(told),
        tool_choice=_string(told.get("toolChoice")),
        temperature=told["temperature"] if isinstance(told.get("temperature"), int | float) else None,
        past="answers" if told.get("past") == "answers" else "whole",
        failed_left_out=told.get("failedLeftOut") is True,
        turns_left_out=_count(told.get("turnsLeftOut")) or 0,
        result_share=_count(told.get("resultShare")),
        left_out=_names(told.get("leftOut")),
        parts=_names(told.get("parts")),
        digest=_string(told.get("digest")),
    )


def _no_tools(told: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """None of them where it tells of none; not known where it names what is not defined."""
    return [] if "tools" not in told else None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
