"""Everything that a key does: what it is called, by which keys, where it works and how the help tells of it.

The one registry of actions and keys, and only data. Bindings, the F1 help, the palette, the hints and the README's
table of keys are made from it; `tui/key_labels.py` puts the user's own keys in their place and writes them as people
read them. It knows no widget: who does an action binds it by its id (`tui/widgets/bindings.py`). To add a key, add an
entry here and bind its id where it is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = ["ACTIONS", "PLACES", "Action", "Place"]

Place = Literal[
    "everywhere",
    "input",
    "conversation and steps",
    "waterfall",
    "history",
    "replay",
    "race",
    "compare",
    "lists",
    "a tool that asks",
    "a question",
    "finding",
    "a call",
    "popups",
]


@dataclass(frozen=True)
class Action:
    """Something that the user can have done by a key."""

    id: str
    """What bindings and settings call it: `history.pin`. It stays as it is, for users' settings hold it."""
    keys: str
    """What does it by default: Textual's names, with commas between; the first is the one that is told."""
    title: str
    """What it is called where there is room for a few words, as in the palette."""
    help: str = ""
    """What the help says that it does; '' where another's row tells of it, or the place itself does.

    `{history.undo}` stands for the key of that action, `{find.next:2}` for two of its keys.
    """
    beside: tuple[str, ...] = field(default=(), kw_only=True)
    """The ids of those whose keys stand in its row of the help, behind its own."""
    told: int = field(default=1, kw_only=True)
    """How many of its keys stand there."""
    also: str = field(default="", kw_only=True)
    """Added to `help` where it has more keys than those; `{}` stands for the others."""
    palette: bool = field(default=False, kw_only=True)
    """Whether the palette offers it."""
    first: bool = field(default=False, kw_only=True)
    """Whether it goes before the keys of what has the focus."""
    fixed: bool = field(default=False, kw_only=True)
    """Whether it has no other keys: it is what the same key does elsewhere, at an edge or behind another."""


_TENTHS = range(10)

PLACES: Mapping[Place, tuple[Action, ...]] = MappingProxyType(
    {
        "everywhere": (
            Action(
                "app.escape",
                "escape",
                "Back, cancel",
                "one thing at a time: close, back to the input, cancel, clear the draft",
                palette=True,
                first=True,
            ),
            Action(
                "app.interrupt",
                "ctrl+c",
                "Copy, cancel, quit",
                "copy the selection, else cancel the turn, else twice to quit",
                palette=True,
                first=True,
            ),
            Action("app.quit", "ctrl+q", "Quit", "quit", first=True),
            Action(
                "app.redraw",
                "ctrl+l",
                "Draw anew",
                "draw the screen anew, where another program has drawn on it",
                palette=True,
                first=True,
            ),
            Action("app.suspend", "ctrl+z", "Suspend", "back to the shell, until fg", palette=True, first=True),
            Action("app.next_pane", "tab", "Next pane", "walk the panes", beside=("app.previous_pane",)),
            Action("app.previous_pane", "shift+tab", "Previous pane"),
            Action("app.new_chat", "ctrl+n", "New chat", "new chat", palette=True, first=True),
            Action(
                "app.history",
                "ctrl+b,f9",
                "History",
                "to the history; there, hide it",
                told=2,
                palette=True,
                first=True,
            ),
            Action("app.steps", "ctrl+t", "Steps", "to the steps; there, hide them", palette=True, first=True),
            Action(
                "app.waterfall",
                "f6",
                "Waterfall",
                "where a turn's time went, as a waterfall; there, put it away",
                palette=True,
                first=True,
            ),
            Action("app.search", "ctrl+r", "Search all sessions", "search all sessions", palette=True, first=True),
            Action(
                "app.find",
                "ctrl+f",
                "Find in this session",
                "find in this session: {find.next:2} next, {find.previous} previous, {find.close} closes",
                palette=True,
                first=True,
            ),
            Action(
                "app.page_up",
                "pageup",
                "Scroll up",
                "scroll the conversation",
                beside=("app.page_down",),
                palette=True,
                first=True,
            ),
            Action("app.page_down", "pagedown", "Scroll down", palette=True, first=True),
            Action("app.start", "ctrl+home", "To the start", "its start", palette=True, first=True),
            Action("app.end", "ctrl+end", "To the end", "its end, and follow what comes", palette=True, first=True),
            Action(
                "app.previous",
                "alt+up,ctrl+up",
                "Previous",
                "previous, next message or call",
                beside=("app.next",),
                also=" ({} too)",
                palette=True,
                first=True,
            ),
            Action("app.next", "alt+down,ctrl+down", "Next", palette=True, first=True),
            Action("app.fold_all", "ctrl+o", "Fold all", "fold or unfold all steps", palette=True, first=True),
            Action("app.palette", "ctrl+p", "Palette", "every action, by name", first=True),
            Action("app.models", "f4", "Models", "which model answers in this session", palette=True, first=True),
            Action(
                "app.race",
                "f7",
                "Race models",
                "ask one question to several models at once, and keep one",
                palette=True,
                first=True,
            ),
            Action(
                "app.breakpoints",
                "f5",
                "Breakpoints",
                "where turns stop before a tool runs",
                palette=True,
                first=True,
            ),
            Action("app.tools", "f10", "Tools", "the tools, and which of them are on", palette=True, first=True),
            Action(
                "app.asking",
                "f8",
                "To the tool that asks",
                "to the session in which a tool asks",
                palette=True,
                first=True,
            ),
            Action("app.settings", "f3", "Settings", "the settings, in your editor", palette=True, first=True),
            Action("app.help", "f1,question_mark", "Help", "this help", also=" ({} off the input)", palette=True),
            # Esc and an arrow that come together are Alt and that arrow, as some terminals send it.
            Action("app.escaped_up", "up", "Previous", first=True, fixed=True),
            Action("app.escaped_down", "down", "Next", first=True, fixed=True),
        ),
        "input": (
            Action("input.send", "enter", "Send", "send", palette=True),
            Action(
                "input.new_line",
                "ctrl+j,shift+enter,alt+enter",
                "New line",
                "new line",
                also=" ({} where the terminal reports them)",
                palette=True,
            ),
            Action(
                "input.earlier",
                "up",
                "Earlier prompt",
                "earlier prompts, at the first and last line",
                beside=("input.later",),
                fixed=True,
            ),
            Action("input.later", "down", "Later prompt", fixed=True),
            Action(
                "input.steer",
                "ctrl+s",
                "Into the running turn",
                "say it to the running turn, at its next step; {input.send} has it wait, Up and Delete take it back",
                palette=True,
            ),
            Action(
                "input.complete",
                "tab",
                "Complete a file",
                "behind @: the name of a file, which is sent with the question",
            ),
            Action("input.editor", "ctrl+g", "Editor", "write in your editor"),
            Action(
                "input.search", "alt+r", "Search earlier prompts", "search the prompts of all sessions", palette=True
            ),
            Action("input.undo", "ctrl+underscore,alt+z", "Undo", "undo; what Esc has cleared comes back"),
            Action(
                "input.word_left",
                "alt+b,alt+left",
                "Word left",
                "a word back, forward; {input.delete_word} deletes one",
                beside=("input.word_right",),
            ),
            Action("input.word_right", "alt+f,alt+right", "Word right"),
            Action("input.delete_word", "alt+d", "Delete word right"),
            Action("input.quit", "ctrl+d", "Quit when empty", "quit, when empty"),
        ),
        "conversation and steps": (
            Action("conversation.copy", "y", "Copy message", "copy the message, or the row", palette=True),
            Action(
                "conversation.copy_code",
                "Y",
                "Copy code",
                "copy the code block; {conversation.previous_code}, {conversation.next_code} walk",
                palette=True,
            ),
            Action("conversation.retry", "r", "Try again", "try the last turn again", palette=True),
            Action(
                "conversation.edit",
                "e",
                "Edit and branch",
                "edit a question and ask it instead, in a branch",
                palette=True,
            ),
            Action(
                "conversation.fragments", "f", "Mark fragments", "mark where the model's fragments begin", palette=True
            ),
            Action(
                "conversation.toggle",
                "space",
                "Fold or unfold",
                "fold and unfold",
                beside=("conversation.fold", "conversation.unfold"),
            ),
            Action("conversation.fold", "left", "Fold, or to the parent"),
            Action("conversation.unfold", "right", "Unfold, or to the first child"),
            Action("conversation.previous_code", "shift+up", "Previous code block"),
            Action("conversation.next_code", "shift+down", "Next code block"),
            Action("list.up", "up", "Up", "move, or scroll", beside=("list.down",)),
            Action("list.down", "down", "Down"),
            Action("conversation.open", "enter", "Open the call", "in the steps: open the call"),
            Action(
                "conversation.stop",
                "b",
                "Stop before this tool",
                "in the steps: stop before every call of this tool, or no more",
                palette=True,
            ),
        ),
        "waterfall": (
            Action(
                "waterfall.back",
                "left",
                "Back in time",
                "a cell back, on in time",
                beside=("waterfall.forward",),
                palette=True,
            ),
            Action("waterfall.forward", "right", "On in time", palette=True),
            Action(
                "waterfall.closer",
                "plus,equals_sign",
                "Closer",
                "a shorter, a longer stretch of time",
                beside=("waterfall.farther",),
                palette=True,
            ),
            Action("waterfall.farther", "minus", "Farther", palette=True),
            Action("waterfall.begin", "enter", "To where it begins", "to where the line begins", palette=True),
        ),
        "history": (
            Action("history.open", "enter", "Open", "open the session, or go to the turn"),
            Action(
                "history.toggle",
                "space",
                "Fold or unfold",
                "fold and unfold its turns",
                beside=("history.fold", "history.unfold"),
            ),
            Action("history.fold", "left", "Fold, or to the session"),
            Action("history.unfold", "right", "Unfold, or to the first turn"),
            Action("history.search", "slash", "Search", "search; {history.to_search} from the first row, too"),
            Action("history.to_search", "up", "To the search"),
            Action("history.to_list", "down", "To the list"),
            Action("history.escape", "escape", "Back"),
            Action("history.rename", "f2", "Rename", "name it, in place"),
            Action("history.pin", "p", "Pin, or unpin", "pin it, or unpin it"),
            Action("history.delete", "delete", "Delete", "delete it; {history.undo} brings back what was deleted last"),
            Action("history.undo", "u", "Undo the last delete"),
            Action("history.replay", "R,shift+r", "Replay", "replay it"),
            Action("history.compare", "c", "Compare", "compare it with the session that is open, or with its parent"),
            Action(
                "history.parent",
                "P,shift+p",
                "Where this session comes from",
                "replay the session that it was forked from, where it was",
                palette=True,
            ),
        ),
        "replay": (
            Action("replay.toggle", "space", "Play, pause", "play and pause", palette=True, first=True),
            Action(
                "replay.previous_event",
                "comma",
                "Event back",
                "one event back, forward",
                beside=("replay.next_event",),
                palette=True,
                first=True,
            ),
            Action("replay.next_event", "full_stop", "Event forward", palette=True, first=True),
            Action(
                "replay.back",
                "left",
                "5 seconds back",
                "five seconds back, forward",
                beside=("replay.forward",),
                palette=True,
                first=True,
            ),
            Action("replay.forward", "right", "5 seconds forward", palette=True, first=True),
            Action(
                "replay.slower",
                "left_square_bracket",
                "Slower",
                "slower, faster",
                beside=("replay.faster",),
                palette=True,
                first=True,
            ),
            Action("replay.faster", "right_square_bracket", "Faster", palette=True, first=True),
            Action(
                "replay.previous_turn",
                "p",
                "Previous turn",
                "previous, next turn",
                beside=("replay.next_turn",),
                palette=True,
                first=True,
            ),
            Action("replay.next_turn", "n", "Next turn", palette=True, first=True),
            Action(
                "replay.previous_call",
                "T",
                "Previous tool call",
                "previous, next tool call",
                beside=("replay.next_call",),
                palette=True,
                first=True,
            ),
            Action("replay.next_call", "t", "Next tool call", palette=True, first=True),
            Action(
                "replay.tenth_0",
                "0",
                "To 0 % of its length",
                "to a tenth of the length; {replay.start} and {replay.end} to its ends",
                beside=tuple(f"replay.tenth_{tenth}" for tenth in _TENTHS[1:]),
                first=True,
            ),
            *(
                Action(f"replay.tenth_{tenth}", str(tenth), f"To {tenth}0 % of its length", first=True)
                for tenth in _TENTHS[1:]
            ),
            Action("replay.start", "home", "To the start of the recording", palette=True, first=True),
            Action("replay.end", "end", "To the end of the recording", palette=True, first=True),
            Action(
                "replay.events",
                "i",
                "Events",
                "show or hide the events; there, {events.seek} goes to one",
                palette=True,
                first=True,
            ),
            Action("events.seek", "enter", "Go to the event"),
            Action("events.copy", "y", "Copy the event"),
            Action(
                "replay.fold",
                "z",
                "Fold",
                "fold; {replay.open} opens the call under the cursor",
                palette=True,
                first=True,
            ),
            Action("replay.open", "o", "Open the call", palette=True, first=True),
            Action(
                "replay.context",
                "c",
                "Context",
                "what the model was given at this step, and what is new in it",
                palette=True,
                first=True,
            ),
            Action(
                "replay.what_if",
                "w",
                "What if",
                "go on otherwise from here, in a branch: another model, message, argument or result",
                palette=True,
                first=True,
            ),
            Action("replay.go_live", "enter", "Go on live", "go on live from here", palette=True, first=True),
            Action("replay.leave", "escape", "Leave", "leave", fixed=True),
            Action("replay.interrupt", "ctrl+c", "Copy, leave", palette=True, first=True),
            Action("replay.ask", "r,e", "Ask", first=True),
        ),
        "race": (
            Action(
                "race.keep", "enter", "Keep this one", "go on in the chat with the model that has the keys", first=True
            ),
            Action("race.cancel", "x", "Stop this one", "end its turn, and no other", first=True),
            Action("race.leave", "escape", "Leave", "end what goes on; then leave", first=True),
        ),
        "compare": (
            Action("compare.toggle", "space", "Play, pause", "play both, and pause", first=True),
            Action(
                "compare.back",
                "left",
                "5 seconds back",
                "five seconds back, forward",
                beside=("compare.forward",),
                first=True,
            ),
            Action("compare.forward", "right", "5 seconds forward", first=True),
            Action(
                "compare.previous_step",
                "comma",
                "Step back",
                "to the step before, to the next one",
                beside=("compare.next_step",),
                first=True,
            ),
            Action("compare.next_step", "full_stop", "Step forward", first=True),
            Action(
                "compare.difference",
                "d",
                "Next difference",
                "to the next difference, to the one before",
                beside=("compare.previous_difference",),
                first=True,
            ),
            Action("compare.previous_difference", "D", "Previous difference", first=True),
            Action(
                "compare.difference_end", "e", "Its end", "to where both have all of what differs there", first=True
            ),
            Action("compare.align", "a", "Align", "align by time, or step by step", first=True),
            Action(
                "compare.slower",
                "left_square_bracket",
                "Slower",
                "slower, faster",
                beside=("compare.faster",),
                first=True,
            ),
            Action("compare.faster", "right_square_bracket", "Faster", first=True),
            Action(
                "compare.start", "home", "To the start", "to the start, to the end", beside=("compare.end",), first=True
            ),
            Action("compare.end", "end", "To the end", first=True),
            Action("compare.choose", "c", "Turns", "compare other turns of these, or other recordings", first=True),
            Action(
                "compare.table", "t", "Table", "show or hide the table; there, {compare.go} goes to a step", first=True
            ),
            Action("compare.go", "enter", "Go to the step"),
            Action("compare.leave", "escape", "Leave", "leave", first=True),
        ),
        "lists": (
            Action("list.first", "home", "First"),
            Action("list.last", "end", "Last"),
            Action("list.page_up", "pageup", "Page up"),
            Action("list.page_down", "pagedown", "Page down"),
        ),
        "a tool that asks": (
            Action("approval.once", "o", "Once", "let it run once", palette=True),
            Action("approval.session", "s", "This session", "for this session", palette=True),
            Action("approval.always", "a", "Always", "always: a rule in the settings", palette=True),
            Action(
                "approval.edit",
                "e",
                "Edit its arguments",
                "edit its arguments: {arguments.run} runs it with them, {arguments.switch} shows JSON",
                palette=True,
            ),
            Action("approval.never", "n,escape", "No", "no", told=2, palette=True),
            Action("approval.reason", "r", "No, and why", "no, and tell the model why", palette=True),
            Action("approval.result", "w", "Answer in its place", "at a breakpoint: answer in the tool's place"),
            Action("approval.drop", "d", "Drop the breakpoint", "at a breakpoint: go on, and drop it"),
            Action("approval.up", "up", "Up"),
            Action("approval.down", "down", "Down"),
            Action("approval.page_up", "pageup", "Page up"),
            Action("approval.page_down", "pagedown", "Page down"),
        ),
        "a question": (
            Action("question.yes", "y", "Yes", "yes or no, where that is asked", beside=("question.no",), palette=True),
            Action("question.no", "n", "No", palette=True),
            Action(
                "question.answer",
                "a",
                "Answer",
                "answer, in a form: {arguments.run} sends it, {arguments.switch} shows JSON",
                palette=True,
            ),
            Action("question.decline", "d", "Decline", "decline to answer", palette=True),
            Action("question.cancel", "c,escape", "Put away", "put it away without an answer", told=2, palette=True),
        ),
        "finding": (
            Action("find.next", "enter,down,ctrl+f", "Next", first=True),
            Action("find.previous", "up,shift+enter", "Previous", first=True),
            Action("find.close", "escape", "Close", first=True),
        ),
        "a call": (
            Action("call.up", "up", "Up"),
            Action("call.down", "down", "Down"),
            Action("call.page_up", "pageup", "Page up"),
            Action("call.page_down", "pagedown", "Page down"),
            Action("call.start", "home", "Start"),
            Action("call.end", "end", "End"),
        ),
        "popups": (
            Action("popup.close", "escape,q", "Close"),
            Action("popup.leave", "escape", "Close"),
            Action("secrets.redact", "r", "Take secrets out", first=True),
            Action("secrets.keep", "k", "Keep them", first=True),
            Action("breakpoints.up", "up", "Up", first=True),
            Action("breakpoints.down", "down", "Down", first=True),
            Action("breakpoints.remove", "delete", "Take away", first=True),
            Action("arguments.run", "ctrl+s", "Run with these arguments", first=True),
            Action("arguments.switch", "f2", "As JSON, or as a form", first=True),
            Action("arguments.close", "escape", "Back to the question"),
            Action("tools.toggle", "space,enter", "On or off", first=True),
            Action("tools.close", "escape,q", "Close"),
            Action("models.close", "escape", "Close"),
            Action("models.up", "up", "Up", first=True),
            Action("models.down", "down", "Down", first=True),
            Action("help.close", "escape,q,f1,question_mark", "Close"),
            Action("go_live.stay", "escape", "Stay in the replay", first=True),
            Action("go_live.choose", "up,down,tab", "Choose", first=True),
        ),
    }
)
"""All actions by where they work, in the order in which they are told."""

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {action.id: action for actions in PLACES.values() for action in actions}
)
"""By their ids."""
