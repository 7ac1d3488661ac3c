"""Keys that come faster than they are acted on do what they would have done one by one."""

import pytest
from textual import events
from textual.app import App, ComposeResult

from tui.widgets.line_input import LineInput, LinesInput


class Typing(App[None]):
    """One input with a text."""

    def __init__(self, kind: type[LineInput | LinesInput], text: str) -> None:
        super().__init__()
        self.kind = kind
        self.first = text

    def compose(self) -> ComposeResult:
        yield self.kind(self.first, id="typed")

    @property
    def text(self) -> str:
        """What stands in it."""
        typed = self.query_one("#typed")
        return typed.value if isinstance(typed, LineInput) else getattr(typed, "text", "")


@pytest.mark.parametrize("kind", [LineInput, LinesInput])
@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["backspace", "7"], "any7"),
        (["home", "s", "delete"], "snyone"),
        (["left", "left", "x", "end", "y"], "anyoxney"),
        (["ctrl+u", "n", "o"], "no"),
    ],
)
async def test_a_burst_of_keys_is_taken_in_its_order(
    kind: type[LineInput | LinesInput], keys: list[str], text: str
) -> None:
    app = Typing(kind, "anyone" if keys[0] != "backspace" else "any1")
    async with app.run_test() as pilot:
        app.query_one("#typed").focus()
        await pilot.press("end")
        for key in keys:  # all before the first is acted on
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        assert app.text == text
