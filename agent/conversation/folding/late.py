"""What comes for a turn that has ended: a text is kept as what it is, a result finds its call, all else is nothing."""

from agent.conversation.folding.thread import Thread
from agent.conversation.items import Message, MessageKind
from agent.conversation.run import Run
from agent.conversation.turn.calls import take_result
from agent.events import types as ev

__all__ = ["call_result", "late"]


def late(thread: Thread, event: ev.Event, time: float) -> Run | None:
    """An event that comes when its turn has ended."""
    if isinstance(event, ev.TextMessageStart):
        return _late_text(thread, event, time)
    turn = thread.late_turn
    if turn is None or not isinstance(event, ev.TextMessageContent | ev.TextMessageEnd):
        return None
    if not turn.texts.is_known(event.message_id):
        return None
    if isinstance(event, ev.TextMessageContent):
        turn.texts.content(event, time)
    return turn.run


def _late_text(thread: Thread, event: ev.TextMessageStart, time: float) -> Run | None:
    known = (item.id for run in reversed(thread.runs) for item in run.items)
    if event.role == "user" or event.message_id in known:
        return None
    turn = thread.afterwards()
    turn.texts.start(event, time)
    step = turn.steps.current(event.subagent_run_id, time)
    message = step.items[-1]
    if isinstance(message, Message):
        message.kind = MessageKind.LATE
    message.ended = step.ended = time
    return turn.run


def call_result(thread: Thread, event: ev.ToolCallResult, time: float) -> Run | None:
    """A tool's result, for a call of any turn of the thread."""
    turn = thread.turn
    if turn is not None and (known := turn.calls.result(event, time)) is not None:
        turn.texts.take_result(known.agent)
        return turn.run
    if event.tool_call_id in thread.call_ids:
        return _late_result(thread, event, time)
    if turn is None:
        return None
    turn.calls.lost(event, time)
    turn.texts.take_result(event.subagent_run_id)
    return turn.run


def _late_result(thread: Thread, event: ev.ToolCallResult, time: float) -> Run | None:
    for number in reversed(range(len(thread.runs))):
        for call in thread.runs[number].calls:
            if event.tool_call_id in (call.id, call.wire_id):
                if call.result is not None:
                    return None
                run = thread.amend(number)
                thread.late_turn = None
                (call,) = (one for one in run.calls if one.id == call.id)
                take_result(call, event.content, event.error, event.metadata, time)
                call.result_id = event.message_id
                return run
    return None
