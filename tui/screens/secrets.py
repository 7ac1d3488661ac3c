"""Asks, before something is handed on, whether what looks like a secret in it is to go along."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from agent.figures import plural
from tui.key_labels import Keys
from tui.widgets.bindings import bindings
from tui.widgets.popup import Popup

__all__ = ["SecretsScreen"]


class SecretsScreen(Popup[Literal["redact", "keep"] | None]):
    """Gives what is to become of it; None saves nothing."""

    DEFAULT_CSS = """
    SecretsScreen {
        & > Vertical {
            width: 66;
            padding: 1 2;
        }
        .quiet { color: $text-muted; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {"secrets.redact": "dismiss('redact')", "secrets.keep": "dismiss('keep')", "popup.close": "dismiss(None)"}
    )

    def __init__(self, count: int, what: Literal["session", "picture"], keys: Keys) -> None:
        """`count` is in how many places of `what` something looks like a secret."""
        super().__init__()
        self._count = count
        self._what = what
        self._keys = keys

    def compose(self) -> ComposeResult:
        """What was found, and what can be done."""
        with Vertical() as box:
            box.border_title = f"Save the {self._what}"
            looks = "looks" if self._count == 1 else "look"
            yield Static(Content(f"{plural(self._count, 'place')} in this {self._what} {looks} like a secret."))
            told = "{secrets.redact} takes that out  {secrets.keep} keeps it  {popup.close} saves nothing"
            yield Static(Content(self._keys.fill(told)), classes="quiet")
