"""How a run ends: answered, failed, cancelled, or waiting for the world outside (https://docs.ag-ui.com/concepts/events)."""

from collections.abc import Set

from agent.conversation.folding.thread import Thread
from agent.conversation.run import Run, RunStatus
from agent.conversation.turn.content import string, usage_of
from agent.conversation.turn.open import OpenTurn
from agent.events import types as ev

__all__ = ["run_cancelled", "run_failed", "run_finished"]

_NOTHING: Set[str] = frozenset()
_WAITS = "The agent waits for an answer of its user."
_ERROR_CODES = frozenset(str(code) for code in ev.RunErrorCode)


def run_finished(thread: Thread, event: ev.RunFinished, time: float) -> Run | None:
    """A run ends by itself; its outcome says how."""
    turn = thread.turn
    if turn is None or _is_end_of_another(thread, turn, event.run_id):
        return None
    run = turn.run
    told = event.usage or turn.texts.usage or usage_of(event.metadata)
    if told is not None:
        run.usage = (*turn.usage, *(told if isinstance(told, list) else [told]))
    if isinstance(event.result, dict):
        run.answer = string(event.result.get("answer"))
        used = event.result.get("tools_used")
        run.tools_used = tuple(name for name in used if isinstance(name, str)) if isinstance(used, list) else None
    outcome = event.outcome or {}
    pending = outcome.get("pendingToolCallIds")
    waiting: Set[str] = {name for name in pending if isinstance(name, str)} if isinstance(pending, list) else _NOTHING
    match outcome.get("type"):
        case "cancelled":
            return thread.end(time, RunStatus.CANCELLED, "Cancelled.", is_finished=True, waiting=waiting)
        case "error" | "failed" | "failure":
            why = string(outcome.get("message")) or string(outcome.get("error")) or ""
            return thread.end(time, RunStatus.MODEL_ERROR, why, is_finished=True)
        case kind:
            interrupts = turn.interrupts.at_end(outcome, time, is_told=kind == "interrupt")
    if interrupts:
        words = "\n".join(one.asks for one in interrupts if one.asks)
        waiting = waiting | {one.call_id for one in interrupts if one.call_id}
        return thread.end(time, RunStatus.INTERRUPTED, words or _WAITS, is_finished=True, waiting=waiting)
    if run.answer is None and not waiting:
        turn.conclude(event.result, time)
    return thread.end(time, RunStatus.ANSWERED, None, is_finished=True, waiting=waiting)


def _is_end_of_another(thread: Thread, turn: OpenTurn, run_id: str) -> bool:
    """Whether it ends a run that the open one has interrupted already; a sender may also call one by two names."""
    return run_id != turn.sender_id and run_id in thread.names


def run_failed(thread: Thread, event: ev.RunError, time: float) -> Run | None:
    """A run fails, or is given up."""
    if (turn := thread.turn) is None:
        return None
    turn.run.usage = (*turn.usage, *(event.usage or turn.texts.usage))
    is_ours = event.code in _ERROR_CODES
    turn.run.code = None if is_ours else event.code or None
    status = RunStatus(event.code) if event.code in _ERROR_CODES else RunStatus.MODEL_ERROR
    return thread.end(time, status, event.message)


def run_cancelled(thread: Thread, event: ev.RunCancelled, time: float) -> Run | None:
    """A run is stopped by its user."""
    turn = thread.turn
    if turn is None or _is_end_of_another(thread, turn, event.run_id):
        return None
    turn.run.usage = (*turn.usage, *(event.usage or turn.texts.usage))
    return thread.end(time, RunStatus.CANCELLED, event.message or "Cancelled.")
