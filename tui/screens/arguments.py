"""The arguments of a call that asks, to be edited before it runs: a popup over the chat."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen

from tui.drawing.cells import flat
from tui.key_labels import Keys
from tui.panes.approval.form import ArgumentsForm
from tui.widgets.bindings import bindings

__all__ = ["ArgumentsScreen"]


class ArgumentsScreen(ModalScreen[dict[str, Any] | None]):
    """Gives the arguments that the tool is to run with; None where they were left as they are and nothing runs."""

    DEFAULT_CSS = """
    ArgumentsScreen {
        align: center middle;

        & > ArgumentsForm {
            width: 90%;
            max-width: 110;
            max-height: 90%;
            border: heavy $accent;
            background: $surface;
            padding: 0 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"arguments.close": "dismiss"})

    def __init__(self, tool: str, arguments: Mapping[str, Any], schema: Mapping[str, Any], keys: Keys) -> None:
        """`schema` is the tool's JSON Schema; an empty one tells nothing."""
        super().__init__()
        self._keys = keys
        self._tool = tool
        self._form = ArgumentsForm(arguments, schema)

    def compose(self) -> ComposeResult:
        """The form and how to leave."""
        self._form.border_title = Content(f"Arguments of {flat(self._tool)}")
        self._form.border_subtitle = self._keys.fill(
            "{arguments.run} runs it with these, {arguments.switch} shows JSON or the form, {arguments.close} goes back"
        )
        yield self._form

    @on(ArgumentsForm.Sent)
    def _take(self, event: ArgumentsForm.Sent) -> None:
        event.stop()
        self.dismiss(event.arguments)
