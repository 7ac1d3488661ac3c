"""What a model call was given, as an object for scripts: the names of the keys are a promise.

turn, step    numbers from 1; run_id names the turn
model         null where it is not known; so temperature and tool_choice
as_sent       whether it is known to be what was sent; else it is made anew, and `doubts` say why
size          bytes of all pieces; sizes, of those of each kind
turns_left_out  turns that are not told for want of room
pieces        a list in the order in which they are sent, with those of the model call before that are not: kind
              (system, tools, past, question, steering, replies, reasoning, results), label, turn (null for what
              belongs to none), size, cut (told in part), change (added, kept, changed, cut, dropped), text
messages, tools  as Chat Completions has them (https://platform.openai.com/docs/api-reference/chat/create); tools
              are null where nobody knows them
"""

from typing import Any

from agent.recordings.contexts import Change, Context, Piece, changes, sizes

__all__ = ["context_object"]


def context_object(before: Context | None, context: Context) -> dict[str, Any]:
    """What a model call was given, and what of it is new since the call `before`; None for the first."""
    return {
        "turn": context.turn,
        "step": context.step,
        "run_id": context.run_id,
        "model": context.model,
        "temperature": context.temperature,
        "tool_choice": context.tool_choice,
        "as_sent": context.is_as_sent,
        "doubts": [*context.doubts],
        "turns_left_out": context.turns_left_out,
        "size": context.size,
        "sizes": {str(kind): size for kind, size in sizes(context).items()},
        "pieces": [_piece(change, piece) for change, piece in changes(before, context)],
        "messages": [*context.messages],
        "tools": None if context.tools is None else [*context.tools],
    }


def _piece(change: Change, piece: Piece) -> dict[str, Any]:
    return {
        "kind": str(piece.kind),
        "label": piece.label,
        "turn": piece.turn or None,
        "size": piece.size,
        "cut": piece.is_cut,
        "change": str(change),
        "text": piece.text,
    }
