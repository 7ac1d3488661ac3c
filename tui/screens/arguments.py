"""The arguments of a call that asks, to be edited before it runs: a popup over the chat."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from agent.conversation.items import ToolCall
from tui.drawing.cells import flat
from tui.key_labels import Keys
from tui.panes.approval.form import ArgumentsForm
from tui.widgets.bindings import bindings
from tui.widgets.popup import Popup

__all__ = ["ArgumentsScreen"]


class ArgumentsScreen(Popup[dict[str, Any] | None]):
    """Gives the arguments that the tool is to run with; None where they were left as they are and nothing runs."""

    DEFAULT_CSS = """
    ArgumentsScreen {
        & > ArgumentsForm {
            width: 90%;
            max-width: 110;
            max-height: 90%;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"arguments.close": "dismiss"})

    def __init__(self, call: ToolCall, arguments: Mapping[str, Any], schema: Mapping[str, Any], keys: Keys) -> None:
        """`schema` is the JSON Schema of the tool, or of the answer to a question; an empty one tells nothing."""
        super().__init__()
        self._keys = keys
        self._title, self._does = f"Arguments of {call.name}", "run"
        if call.is_question:
            self._title, self._does = "Your answer", "send"
            fields = schema.get("properties") or {}
            arguments = {name: value for name, value in arguments.items() if name in fields}
        self._form = ArgumentsForm(arguments, schema)

    def compose(self) -> ComposeResult:
        """The form and how to leave."""
        self._form.border_title = Content(flat(self._title))
        yield self._form

    def on_mount(self) -> None:
        """Say what its keys do as it is shown."""
        self.watch(self._form, "is_json", self._tell_keys)

    def _tell_keys(self, is_json: bool) -> None:
        other = "form" if is_json else "JSON"
        self._form.border_subtitle = Content(
            self._keys.hint(f"{{arguments.run}} {self._does}  {{arguments.switch}} {other}  {{arguments.close}} back")
        )

    @on(ArgumentsForm.Sent)
    def _take(self, event: ArgumentsForm.Sent) -> None:
        event.stop()
        self.dismiss(event.arguments)
