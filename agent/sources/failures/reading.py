"""What a failed model call calls for: try again, leave something out, send less, or give up with these words.

It owns the judgement and the words for the user. What to do stands in them.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from agent.sources.failures.bodies import Said, chain_of, what_was_said
from agent.sources.failures.overflow import Overflow, overflow_of
from agent.sources.failures.refusals import refused_of
from agent.sources.failures.waits import wait_of
from agent.text import well_formed

__all__ = ["Failure", "read_failure"]

_CONNECTION_ERRORS = {
    "APIConnectionError",
    "ClientConnectionError",
    "ConnectError",
    "ConnectTimeout",
    "ConnectionError",
    "RemoteProtocolError",
    "TransportError",
}
_UNREACHED = {"ConnectError", "ConnectTimeout", "ConnectionRefusedError", "gaierror"}
_PASSING_CODES = {
    "rate_limit_exceeded",
    "rate_limit_error",
    "resource_exhausted",
    "too_many_requests",
    "overloaded_error",
    "overloaded",
    "server_error",
    "internal_error",
    "internal_server_error",
    "api_error",
    "service_unavailable",
    "unavailable",
    "server_overloaded",
    "engine_overloaded",
    "engine_overloaded_error",
    "timeout",
    "timeout_error",
    "bad_gateway",
    "network_error",
}
_BUSY_CODES = {"rate_limit_exceeded", "rate_limit_error", "too_many_requests", "overloaded_error", "throttling"}
"""What some gateways tell with a status that says the request is at fault."""
_LASTING_CODES = {"insufficient_quota", "billing_hard_limit_reached", "quota_exceeded", "exceeded_current_quota_error"}
"""What no wait of seconds mends."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What a failed model call calls for."""

    message: str
    """One line for the user: the server's own words once, and what to do where that is known."""
    status: int | None = None
    retryable: bool = False
    """Whether the same call may work a little later."""
    retry_after: float | None = None
    """Seconds that the server asked to wait, capped."""
    refused: str | None = None
    """The argument, or the field of a message, that the server would not take."""
    overflow: Overflow | None = None
    """Set where the request holds more than the model's window."""


def read_failure(error: BaseException, sent: Collection[str] = ()) -> Failure:
    """What `error` means for the call that raised it; `sent` names the arguments and fields that may be left out."""
    said = what_was_said(error)
    overflow = overflow_of(said)
    refused = None if overflow else refused_of(said, sent)
    return Failure(
        message=_message(error, said, overflow, refused),
        status=said.status,
        retryable=overflow is None and refused is None and _may_pass(error, said),
        retry_after=wait_of(said),
        refused=refused,
        overflow=overflow,
    )


def _may_pass(error: BaseException, said: Said) -> bool:
    if said.codes & _LASTING_CODES:
        return False
    if said.status is not None:
        is_busy = said.status in (400, 403) and bool(said.codes & _BUSY_CODES)
        return is_busy or said.status in (408, 409, 425, 429, 498) or said.status >= 500
    return bool(said.codes & _PASSING_CODES) or bool(_class_names(error) & _CONNECTION_ERRORS)


def _class_names(error: BaseException) -> set[str]:
    return {cls.__name__ for one in chain_of(error) for cls in type(one).__mro__}


# The words


def _message(error: BaseException, said: Said, overflow: Overflow | None, refused: str | None) -> str:
    words = _words(error, said)
    advice = _advice(error, said, overflow, refused)
    return f"{words.rstrip('.')}. {advice}" if advice else words


def _words(error: BaseException, said: Said) -> str:
    """One line: the server's own words where there are any, with the status."""
    leaf = next((one for one in chain_of(error) if not isinstance(one, BaseExceptionGroup)), error)
    if isinstance(leaf, json.JSONDecodeError):
        return "the model's server sent a chunk that is not JSON"
    words = _one_line(said.words or str(leaf)) or type(leaf).__name__
    if said.status is None or words.startswith(str(said.status)) or f"Error code: {said.status}" in words:
        return words
    return f"{said.status}: {words}"


def _advice(error: BaseException, said: Said, overflow: Overflow | None, refused: str | None) -> str | None:
    """What the user can do; None where the words say it, or nobody knows."""
    if overflow is not None:
        return "The conversation holds more than the model's window: begin a new chat, or branch from an earlier turn"
    if refused == "tools":
        return "The model takes no tools: ask it with --no-tools, or choose another"
    if said.codes & _LASTING_CODES:
        return "The account's quota is used up: see its plan and billing"
    match said.status:
        case 402:
            return "The account has nothing left to pay with"
        case 401:
            return "Set the key of this server (OPENAI_API_KEY for openai: models)"
        case 403:
            return "The key may not use this model"
        case 404:
            return "Check the model's name and the base URL, which most often ends in /v1"
    if said.status is None and _class_names(error) & _UNREACHED:
        return "Is the server running, and the base URL right?"
    return None


def _one_line(text: str) -> str:
    text = well_formed(" ".join(text.split()))
    return text if len(text) <= 500 else text[:500] + "…"
