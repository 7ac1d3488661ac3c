"""When a turn begins, and when another run of its sender goes on with it.

A turn is a question and all of its sender's runs until it is answered. A run that resumes an interrupted one, or
brings results of its calls, goes on in the same turn (https://docs.ag-ui.com/concepts/interrupts).
"""

from msgspec import UNSET

from agent.conversation.folding.filling import fill
from agent.conversation.folding.snapshots import fill_earlier
from agent.conversation.folding.thread import Thread
from agent.conversation.folding.told import Told, new_questions
from agent.conversation.items import Interrupt
from agent.conversation.lineage import lineage_of
from agent.conversation.run import Run, RunStatus
from agent.conversation.turn.content import string, whole
from agent.conversation.turn.open import OpenTurn
from agent.events import types as ev

__all__ = ["run_requested", "run_started", "text_started"]


def run_requested(thread: Thread, event: ev.RunRequested, _time: float) -> None:
    """The body of a request: the input of the run that comes next, if that tells none."""
    thread.requested = event.input


def run_started(thread: Thread, event: ev.RunStarted, time: float) -> Run:
    """A run begins: a turn of its own, more of the last one, or the open one told once more."""
    given, thread.requested = event.input or thread.requested, None
    if thread.turn is not None:
        if event.run_id and thread.turn.sender_id == event.run_id:
            thread.turn.begin_again()
            return thread.turn.run
        # One that has no end, or that goes on beside this one: fragments name no run, so they cannot be told apart.
        ended = thread.end(time, RunStatus.INTERRUPTED, "A new run began before this one ended.")
        thread.also[ended.id] = ended
    thread.thread_id = thread.thread_id or event.thread_id or None
    told = new_questions(given.messages, thread.runs) if given is not None else Told()
    if _goes_on(thread, event, given, told):
        return _resume(thread, event, given, time)
    if given is not None and len(given.messages) > len(told.questions):
        fill_earlier(thread, given.messages, told, time)
    return _begin(thread, event, given, told, time)


def _begin(thread: Thread, event: ev.RunStarted, given: ev.RunInput | None, told: Told, time: float) -> Run:
    """A turn begins, with what its run tells of itself."""
    turn = thread.begin(event.run_id, event, told)
    run = turn.run
    run.thread_id = event.thread_id or None
    run.parent_run = event.parent_run_id or (given.parent_run_id if given is not None else None)
    if (metadata := event.metadata) is not None:
        run.model = string(metadata.get("model"))
        run.max_iterations = whole(metadata.get("maxIterations"))
        run.retry_of = string(metadata.get("retryOf"))
        run.lineage = lineage_of(event)
    if given is not None:
        turn.interrupts.answer(given, time)
        if run.state is UNSET and given.state not in (None, {}, []):
            thread.state = run.state = given.state
    return run


def text_started(thread: Thread, event: ev.TextMessageStart, time: float) -> Run | None:
    """A text begins; a user's, behind the agent's answer, is the next question."""
    turn = thread.turn
    if turn is None:
        return None
    if event.role == "user" and event.subagent_run_id is None and turn.texts.has_answered(event.message_id):
        thread.also[turn.run.id] = thread.end(time, RunStatus.ANSWERED, None, is_finished=True)
        turn = thread.begin(turn.sender_id, event)
    return turn.texts.start(event, time)


def _goes_on(thread: Thread, event: ev.RunStarted, given: ev.RunInput | None, told: Told) -> bool:
    """Whether a run that begins belongs to the last turn."""
    last = thread.runs[-1] if thread.runs else None
    if last is None or not last.may_go_on:
        return False
    if event.thread_id and last.thread_id and event.thread_id != last.thread_id:
        return False
    if given is None:
        return last.is_waiting
    if given.resume and any(one.ended is None or _is_resumed(one, given) for one in last.interrupts):
        return True
    if told.questions and not told.is_of(last):
        return False
    wanted = {call.wire_id for call in last.calls if call.result is None}
    return last.is_waiting or any(message.role == "tool" and message.tool_call_id in wanted for message in told.rest)


def _is_resumed(one: Interrupt, given: ev.RunInput) -> bool:
    return any(one.id == entry.interrupt_id for entry in given.resume or ())


def _resume(thread: Thread, event: ev.RunStarted, given: ev.RunInput | None, time: float) -> Run:
    """Go on with the last turn."""
    run = thread.amend(len(thread.runs) - 1)
    run.status, run.ended, run.error, run.answer = RunStatus.RUNNING, None, None, None
    run.is_dated = run.is_dated and event.timestamp is not None
    turn = thread.turn = OpenTurn(run, event.run_id, thread.call_ids, is_resumed=True)
    thread.late_turn = None
    if given is not None:
        turn.interrupts.answer(given, time)
        fill(run, new_questions(given.messages, thread.runs).rest, time)
        turn.learn()
    turn.go_on(time)
    return run
