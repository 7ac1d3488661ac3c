"""What is asked about a call, in words: its arguments as they are, and the answers with their keys. Text, no widget."""

from typing import Final

from textual.content import Content
from textual.style import Style

from agent.conversation.items import ToolCall
from tui.drawing.calls.arguments import parse_whole
from tui.drawing.calls.plain import plain_arguments
from tui.drawing.cells import flat, in_line
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys

__all__ = ["ANSWER", "answers", "arguments"]

ANSWER: Final = "approval"
"""Under this name the style of an answer's text has what a click on it means."""
_GAP = "   "
_WIDE = 100
"""Cells from which there is room for whole sentences."""


def arguments(call: ToolCall, glyphs: Glyphs) -> Content:
    """The arguments of a call that is complete, not wrapped."""
    parsed = parse_whole(call.fragments.text)
    if parsed.is_empty or parsed.value == {}:
        return Content("no arguments")
    if parsed.raw is not None:
        return Content(in_line(parsed.raw))
    colours = {"key": "$text-accent", "quiet": "$foreground-muted"}
    lines = plain_arguments(parsed.value, glyphs.bar)
    return Content("\n").join(
        Content.assemble(*((span.text, colours.get(span.role, "")) for span in line)) for line in lines
    )


def answers(name: str, keys: Keys, width: int, *, is_stopped: bool = False) -> Content:
    """Each key with its words, to be clicked, in as many lines of `width` cells as that takes; `name` is the tool's.

    `is_stopped` at a breakpoint, where there are more.
    """
    tool = flat(name)
    is_wide = width >= _WIDE
    words = {
        "approval.once": ("let it run once", "let it run once", "once"),
        "approval.session": (f"let {tool} run in this session", "session", "session"),
        "approval.always": (f"always allow {tool}", "always", "always"),
        "approval.edit": ("edit", "edit", "edit"),
        "approval.never": ("no", "no", "denied"),
        "approval.reason": ("no, and why", "why not", "reason"),
    }
    if is_stopped:
        words["approval.once"] = ("go on to the next stop", "go on", "once")
        words["approval.result"] = ("answer in its place", "answer", "result")
        words["approval.drop"] = ("go on, and drop the breakpoint", "drop the stop", "drop")
    lines = [Content()]
    for action_id, (long, short, action) in words.items():
        key = next(iter(keys.labels(action_id)), "")
        click = Style.from_meta({ANSWER: action})
        answer = Content.assemble((key, Style(bold=True) + click), (f" {long if is_wide else short}", click))
        if lines[-1] and lines[-1].cell_length + len(_GAP) + answer.cell_length > width - 2:
            lines.append(answer)
        else:
            lines[-1] = Content.assemble(lines[-1], _GAP if lines[-1] else "", answer)
    return Content("\n").join(lines)
