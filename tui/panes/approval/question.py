"""What is asked about a call, in words: its arguments as they are, and the answers with their keys. Text, no widget."""

from collections.abc import Mapping
from typing import Final

from textual.content import Content
from textual.style import Style

from agent.conversation.items import ToolCall
from agent.figures import plural
from tui.drawing.calls.arguments import parse_whole
from tui.drawing.calls.plain import plain_arguments
from tui.drawing.cells import flat, in_line
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys

__all__ = ["ANSWER", "answers", "arguments", "hint", "in_lines", "unseen"]

ANSWER: Final = "approval"
"""Under this name the style of an answer's text has what a click on it means."""
_GAP = "   "
_WIDE = 100
"""Cells from which there is room for whole sentences."""
_FIRST = ("approval.once", "approval.never", "approval.edit")
"""What stands first where there may be no room for all."""
_REFUSAL = "approval.never"
"""The first of those that stand together, on lines of their own: who looks for a no is to meet no yes beside it."""


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
    is_wide = width >= _WIDE
    words = _words(flat(name), is_stopped=is_stopped)
    told = {action_id: (long if is_wide else short, action) for action_id, (long, short, action) in words.items()}
    return in_lines(told, keys, width, apart=_REFUSAL)


def hint(*, is_stopped: bool = False) -> str:
    """The same in the words that the panel has for them where it is narrow, for a line of hints: those first that are
    needed most."""
    words = _words("it", is_stopped=is_stopped)
    order = sorted(words, key=lambda action_id: action_id not in _FIRST)
    return "  ".join(f"{{{action_id}}} {words[action_id][1]}" for action_id in order)


def _words(tool: str, *, is_stopped: bool) -> dict[str, tuple[str, str, str]]:
    """What each action does, in whole words and in few, and what a click on it means."""
    words = {
        "approval.once": ("let it run once", "let it run once", "once"),
        "approval.session": (f"let {tool} run in this session", "allow session", "session"),
        "approval.always": (f"always allow {tool}", "always allow", "always"),
        "approval.edit": ("edit", "edit", "edit"),
    }
    if is_stopped:
        words["approval.once"] = ("go on to the next stop", "go on", "once")
        words["approval.result"] = ("answer in its place", "answer", "result")
        words["approval.drop"] = ("go on, and drop the breakpoint", "go on, drop the stop", "drop")
    words["approval.never"] = ("no", "no", "denied")
    words["approval.reason"] = ("no, and why", "no, and why", "reason")
    return words


def in_lines(words: Mapping[str, tuple[str, str]], keys: Keys, width: int, *, apart: str) -> Content:
    """Answers by their actions, each with its words and what a click on it means, in as many lines of `width` cells as
    that takes; `apart` is the one that begins a line."""
    lines = [Content()]
    for action_id, (told, action) in words.items():
        key = next(iter(keys.labels(action_id)), "")
        click = Style.from_meta({ANSWER: action})
        answer = Content.assemble((key, Style(bold=True) + click), (f" {told}", click))
        is_full = lines[-1].cell_length + len(_GAP) + answer.cell_length > width
        if lines[-1] and (is_full or action_id == apart):
            lines.append(answer)
        else:
            lines[-1] = Content.assemble(lines[-1], _GAP if lines[-1] else "", answer)
    return Content("\n").join(lines)


def unseen(above: int, below: int, keys: Keys) -> str:
    """How many lines of the arguments are scrolled out of sight, and the key that shows them; empty where none is."""
    if below:
        words, action_id = plural(below, "more line"), "approval.down"
    elif above:
        words, action_id = f"{plural(above, 'line')} above", "approval.up"
    else:
        return ""
    key = next(iter(keys.labels(action_id)), "")
    return f"{words}, {key} scrolls" if key else words
