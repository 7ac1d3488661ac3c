"""Asks whether to go on live from a moment of a replay: with which model, and what becomes of calls that are cut."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.drawing.cells import flat
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.widgets.bindings import bindings
from tui.widgets.line_input import FramedInput
from tui.widgets.popup import Popup

__all__ = ["GoLiveScreen", "GoingOn"]

_PROVIDERS = "offline, openai:NAME or PROVIDER:NAME"


@dataclass(frozen=True, kw_only=True)
class GoingOn:
    """What the user chose."""

    model: str
    complete: bool
    """Whether calls that are cut at the moment are completed from the recording; else they are left out."""


class GoLiveScreen(Popup[GoingOn | None]):
    """Gives what was chosen; None where the user thought better of it."""

    DEFAULT_CSS = """
    GoLiveScreen {
        & > Vertical {
            width: 66;
            padding: 1 2;
        }
        .quiet { color: $text-muted; }
        .choice { margin: 1 0 0 0; }
        .problem { margin: 1 0 0 0; color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {"go_live.stay": "dismiss(None)", "go_live.choose": "other_choice"}
    )

    def __init__(self, *, moment: str, turn: int, model: str, cut: tuple[str, ...], keys: Keys = DEFAULT_KEYS) -> None:
        """`moment` is the time as it is shown, `turn` its number or 0, `cut` names the calls that are cut there."""
        super().__init__()
        where = f"{moment} (turn {turn})" if turn else moment
        self._question = f"Go on live from {where}?"
        self._model = model
        self._keys = keys
        self._cut = cut
        self._complete = False
        self._choice = Static(classes="choice")
        self._problem = Static("", classes="problem")

    def compose(self) -> ComposeResult:
        """The question, the model, the choice where there is one, and how to leave."""
        with Vertical() as box:
            box.border_title = "Go on live"
            box.border_subtitle = self._keys.fill("Enter starts, {go_live.stay} stays")
            yield Static(Content(self._question))
            yield Static(
                Content("A new session begins with all that came before; the recording stays as it is."),
                classes="quiet",
            )
            model = FramedInput(self._model, placeholder=_PROVIDERS)
            model.border_title = "Model"
            yield model
            if self._cut:
                yield self._choice
            yield self._problem

    def on_mount(self) -> None:
        """The model can be typed at once."""
        self._show_choice()
        self._problem.display = False

    def _show_choice(self) -> None:
        names = ", ".join(flat(name) for name in self._cut[:3]) + (", …" if len(self._cut) > 3 else "")
        what = f"The call of {names} is cut here:" if len(self._cut) == 1 else f"Calls are cut here ({names}):"
        signs = ("( )", "(•)") if self._complete else ("(•)", "( )")
        it = "it" if len(self._cut) == 1 else "them"
        choose = " and ".join(self._keys.labels("go_live.choose")[:2])
        choices = f" {signs[0]} leave {it} out\n {signs[1]} complete {it} from the recording\n{choose} choose"
        self._choice.update(Content(f"{what}\n{choices}"))

    def action_other_choice(self) -> None:
        """Leave out what is cut, or complete it."""
        self._complete = bool(self._cut) and not self._complete
        self._show_choice()

    def on_input_changed(self) -> None:
        """What was wrong with the model may be right now."""
        self._problem.display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Start, unless this can be no model."""
        event.stop()
        model = event.value.strip()
        provider, colon, name = model.partition(":")
        if model != "offline" and not (provider and colon and name):
            self._problem.update(Content(f"{flat(model) or 'This'} names no model: {_PROVIDERS}"))
            self._problem.display = True
            return
        self.dismiss(GoingOn(model=model, complete=self._complete))
