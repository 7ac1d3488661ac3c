"""The least that a Textual program is: a container and an input."""

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input

__all__ = ["BareApp"]


class BareApp(App[None]):
    """Does nothing."""

    CSS = "VerticalScroll { height: 1fr; }"

    def compose(self) -> ComposeResult:
        """A place for messages above the input."""
        yield VerticalScroll()
        yield Input(placeholder="Ask anything")

    def on_mount(self) -> None:
        """Take keys at once."""
        self.query_one(Input).focus()


if __name__ == "__main__":
    BareApp().run()
