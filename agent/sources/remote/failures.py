"""What goes wrong on the way to an agent's server, in one line that says what to do."""

from dataclasses import dataclass
from typing import Any

import httpx2

from agent.sources.failures.bodies import Said, what_was_said
from agent.sources.failures.waits import wait_of
from agent.text import well_formed

__all__ = ["AgentRefused", "Fault", "fault_of"]

_PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses of a server that took no notice of the request, and may soon."""
_LONGEST = 500


class AgentRefused(Exception):
    """A server answered with no events. What `agent.sources.failures` reads is named as clients of models name it."""

    def __init__(
        self, message: str, *, status: int | None = None, body: Any = None, response: httpx2.Response | None = None
    ) -> None:
        super().__init__(message)
        self.status_code = status
        self.body = body
        self.response = response


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A failed request."""

    words: str
    """One line for the user."""
    may_pass: bool = False
    """Whether the server has done nothing with the request, so that it can be sent again."""
    wait: float | None = None
    """Seconds that the server asks to wait before that."""
    refuses_fields: bool = False
    """Whether the server does not take the request as it is written."""


def fault_of(error: Exception, shown: str, patience: float, *, has_begun: bool) -> Fault:
    """What `error` is to the user; `shown` is the agent's address, `has_begun` whether events of the answer came."""
    match error:
        case TimeoutError():
            words = f"The agent at {shown} said nothing for {patience:g} s; ask again, or look at its log"
            return Fault(words=words)
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            reason = str(error) or type(error).__name__
            return Fault(
                words=f"No agent answers at {shown} ({reason}). Is it running, and the URL right?", may_pass=True
            )
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return Fault(words=f"{shown} is no address of an agent: {error}")
        case httpx2.HTTPError() if has_begun:
            return Fault(words=f"{CUT_OFF} ({str(error) or type(error).__name__}); ask again")
        case httpx2.DecodingError():
            return Fault(words=f"Nothing of the agent at {shown} can be read: {error}; look at its log, or its proxy's")
        case httpx2.HTTPError():
            reason = str(error) or type(error).__name__
            return Fault(
                words=f"The agent at {shown} closed the connection without an answer ({reason}); look at its log"
            )
    return _refusal(what_was_said(error), str(error), shown)


CUT_OFF = "The agent's stream stopped before it was done"


def _refusal(said: Said, otherwise: str, shown: str) -> Fault:
    words = " ".join((said.words or otherwise).split()).rstrip(".")
    words = words[:_LONGEST]
    match said.status:
        case None:
            text = f"The agent at {shown} sent no events: {words}. {_IS_IT_THERE}"
        case 401 | 403:
            text = (
                f"The agent at {shown} refuses us ({said.status}: {words}). Name its token with key_env, or headers, "
                "in a table [agents.NAME] of the settings"
            )
        case 404 | 405:
            text = f"There is no agent at {shown} ({said.status}: {words}). {_IS_IT_THERE}"
        case 429:
            text = f"The agent at {shown} has too much to do ({said.status}: {words}); ask again later"
        case status if status >= 500:
            text = f"The agent at {shown} failed ({status}: {words}); look at its log"
        case status:
            text = f"The agent at {shown} does not take the request ({status}: {words})"
    return Fault(
        words=well_formed(text),
        may_pass=said.status in _PASSING,
        wait=wait_of(said),
        refuses_fields=said.status in (400, 422),
    )


_IS_IT_THERE = "Is this the URL of its AG-UI endpoint, path and all?"
