"""Asks what is to be otherwise from a moment of a replay on: patches, one to a line."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from agent.errors import UsageError
from agent.recordings.what_if.patches import read_patches
from agent.recordings.what_if.plan import Plan
from tui.drawing.cells import flat
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.widgets.bindings import bindings
from tui.widgets.line_input import FramedInput
from tui.widgets.popup import Popup

__all__ = ["WhatIfScreen"]

_FORMS = """\
model=openai:NAME   system=TEXT   temperature=0.5
message=TEXT        result:NAME=TEXT   call:NAME.args={"x": 1}"""


class WhatIfScreen(Popup[Plan | None]):
    """Gives how the branch goes on; None where the user thought better of it."""

    DEFAULT_CSS = """
    WhatIfScreen {
        & > Vertical {
            width: 72;
            padding: 1 2;
        }
        .quiet { color: $text-muted; }
        .patches { margin: 1 0 0 0; color: $text-accent; }
        .problem { margin: 1 0 0 0; color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"go_live.stay": "dismiss(None)"})

    def __init__(self, *, moment: str, turn: int, plan: Callable[[list[str]], Plan], keys: Keys = DEFAULT_KEYS) -> None:
        """`moment` is the time as it is shown, `turn` its number or 0; `plan` makes the branch of patches, or raises
        `UsageError`."""
        super().__init__()
        self._where = f"{moment} (turn {turn})" if turn else moment
        self._plan = plan
        self._keys = keys
        self._written: list[str] = []
        self._patches = Static(classes="patches")
        self._problem = Static("", classes="problem")

    def compose(self) -> ComposeResult:
        """The question, what was said so far, the next patch, and how to leave."""
        with Vertical() as box:
            box.border_title = "What if"
            box.border_subtitle = self._keys.fill("Enter adds, Enter on an empty line starts, {go_live.stay} back")
            yield Static(Content(f"What is otherwise from {self._where} on?"))
            yield Static(Content(_FORMS), classes="quiet")
            yield self._patches
            yield FramedInput(placeholder="NAME=VALUE")
            yield self._problem

    def on_mount(self) -> None:
        """Nothing is said yet."""
        self._patches.display = self._problem.display = False

    def on_input_changed(self) -> None:
        """What was wrong may be right now."""
        self._problem.display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Add a patch; start where there is none to add."""
        event.stop()
        try:
            if event.value.strip():
                read_patches([event.value])
                self._plan([*self._written, event.value])
                self._written.append(event.value)
                event.input.clear()
                self._patches.update(Content("\n".join(map(flat, self._written))))
                self._patches.display = True
            else:
                self.dismiss(self._plan(self._written))
        except UsageError as error:
            self._problem.update(Content(flat(str(error))))
            self._problem.display = True
