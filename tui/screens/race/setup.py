"""Asks for a race: the question and who runs."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from agent.errors import UsageError
from agent.sources.race import MOST_RACERS, racing_models
from tui.drawing.cells import flat
from tui.key_labels import Keys
from tui.screens.race.opening import RaceOpening
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput
from tui.widgets.popup import Popup

__all__ = ["RaceSetup"]


class RaceSetup(Popup[RaceOpening | None]):
    """Two lines to fill in; gives None where there is to be no race."""

    DEFAULT_CSS = """
    RaceSetup {
        & > Vertical {
            width: 84;
        }
        LineInput { background: $panel; margin-bottom: 1; }
        Static { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"popup.leave": "dismiss"})

    def __init__(self, question: str, models: str, keys: Keys) -> None:
        """What stands there to begin with."""
        super().__init__()
        self._keys = keys
        self._question = LineInput(placeholder="The question")
        self._question.value = question
        self._models = LineInput(placeholder="openai:NAME, PROVIDER:NAME, agent:NAME")
        self._models.value = models
        self._told = Static(f"Up to {MOST_RACERS} models, with commas between; each gets a session of its own.")

    def compose(self) -> ComposeResult:
        """The question, the models, what is told."""
        with Vertical() as box:
            box.border_title = "Race"
            box.border_subtitle = self._keys.fill("Enter starts, {popup.leave} closes")
            yield Static("Question")
            yield self._question
            yield Static("Models")
            yield self._models
            yield self._told

    def on_mount(self) -> None:
        """What is missing is filled in first."""
        (self._models if self._question.value else self._question).focus()

    @on(Input.Submitted)
    def _start(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            models = racing_models(self._models.value)
        except UsageError as error:
            self._told.update(Content(flat(str(error))))
            self._models.focus()
            return
        if not self._question.value.strip():
            self._told.update("There is nothing to ask yet")
            self._question.focus()
            return
        self.dismiss(RaceOpening(question=self._question.value.strip(), models=tuple(models)))
