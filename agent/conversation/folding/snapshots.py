"""Messages of a thread that are told whole, found among its turns: a snapshot of all, or the earlier ones of an input.

What no event told is put where it belongs; nothing is told twice (https://docs.ag-ui.com/concepts/messages).
"""

from agent.conversation.folding.filling import fill, is_missing
from agent.conversation.folding.thread import Thread
from agent.conversation.folding.told import Told, turns_of
from agent.conversation.run import Run
from agent.events import types as ev

__all__ = ["fill_earlier", "messages_told"]

_MOST_EARLIER = 50
"""Turns of an input that are looked for among those that are known, from its end."""


def fill_earlier(thread: Thread, messages: list[ev.InputMessage], told: Told, time: float) -> None:
    """Earlier turns that a run's input tells and no event did; `told` is what it asks anew."""
    if not told.questions:
        return
    end = next(place for place, message in enumerate(messages) if message is told.questions[0])
    turns = turns_of(messages[:end])
    unknown: list[Told] = []
    while turns and len(unknown) < _MOST_EARLIER:
        earlier = turns.pop()
        if any(earlier.is_of(run) for run in reversed(thread.runs)):
            _fill_turn(thread, len(thread.runs) - 1, earlier, time)
            break
        unknown.insert(0, earlier)
    else:
        if thread.runs:
            return  # another thread than this, or one that was told anew
    for earlier in [*turns, *unknown] if not thread.runs else unknown:
        thread.insert(len(thread.runs), earlier, time)


def _fill_turn(thread: Thread, number: int, told: Told, time: float) -> None:
    run = thread.runs[number]
    if thread.turn is not None and run is thread.turn.run:
        if fill(run, told.rest, time):
            thread.turn.learn()
    elif told.is_of(run) and is_missing(run, told.rest):
        fill(thread.amend(number), told.rest, time)
        thread.late_turn = None
    thread.call_ids.update(call.id for call in thread.runs[number].calls)


def messages_told(thread: Thread, event: ev.MessagesSnapshot, time: float) -> Run | None:
    """All messages of the thread so far."""
    turns = turns_of(event.messages)
    number = len(thread.runs) - 1
    before = len(thread.runs) if thread.turn is None else number
    """Where a turn belongs that no run is."""
    for told in reversed(turns):
        found = next((n for n in range(number, -1, -1) if told.is_of(thread.runs[n])), None)
        if found is None and _asks_nothing(thread, number) and told is turns[-1]:
            run = thread.runs[number]
            run.question, run.asked, run.attachments = told.question, told.asked, told.attachments
            run.parts = told.parts
            found = number
        if found is None:
            thread.insert(before, told, time)
            number = before - 1
        else:
            _fill_turn(thread, found, told, time)
            before, number = found, found - 1
    return thread.turn.run if thread.turn is not None else None


def _asks_nothing(thread: Thread, number: int) -> bool:
    """Whether this is the run that goes on, and nobody has told its question."""
    return (
        number >= 0
        and thread.turn is not None
        and thread.runs[number] is thread.turn.run
        and not thread.turn.run.question
    )
