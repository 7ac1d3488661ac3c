"""Keys that come faster than they are acted on go, each, where they would have gone one by one."""

from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Label

from tui.app.in_turn import KeysInTurn
from tui.widgets.line_input import LineInput


class Doors(App[None]):
    """Keys that lead to an input, in several ways, and one that takes away what has the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("f2", "at_once", ""),
        ("f3", "by_message", ""),
        ("f4", "when_drawn", ""),
        ("f5", "remove", ""),
    ]

    class Wanted(Message):
        """The other input is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.in_turn = KeysInTurn(self, self.act_on)

    def compose(self) -> ComposeResult:
        yield LineInput(id="first")
        yield LineInput(id="second")
        yield Label("")

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif not self.in_turn.holds_back(event):
            await self.act_on(event)

    async def act_on(self, event: events.Event) -> None:
        target = self.in_turn.target_of(event)
        await super().on_event(event)
        if target is not None:
            self.in_turn.follow(target)

    def on_keys_in_turn_done(self, message: KeysInTurn.Done) -> None:
        self.in_turn.came_through(message)

    def action_at_once(self) -> None:
        self.query_one("#second").focus()

    def action_by_message(self) -> None:
        self.query_one("#first").post_message(self.Wanted())

    def on_doors_wanted(self) -> None:
        self.query_one("#second").focus()

    def action_when_drawn(self) -> None:
        self.call_after_refresh(self.query_one("#second").focus)

    def action_remove(self) -> None:
        self.query_one("#second").focus()
        self.query_one("#first").remove()

    def texts(self) -> list[str]:
        return [one.value for one in self.query(LineInput)]


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        (["a", "f2", "b", "c"], ["a", "bc"]),
        (["a", "f3", "b", "c"], ["a", "bc"]),
        (["a", "f4", "b", "c"], ["a", "bc"]),
        (["a", "f2", "b", "left", "c", "f4", "d"], ["a", "cdb"]),
        (["a", "f5", "b", "c"], ["bc"]),
        (["a", "b", "left", "c"], ["acb", ""]),
        (["f7", "a", "f8", "b"], ["ab", ""]),
    ],
)
async def test_what_is_typed_behind_a_key_goes_where_the_key_leads(keys: list[str], texts: list[str]) -> None:
    app = Doors()
    async with app.run_test() as pilot:
        app.query_one("#first").focus()
        await pilot.pause()
        for key in keys:  # all of them before the first is acted on
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause(0.8)
        assert app.texts() == texts
