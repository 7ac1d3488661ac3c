"""The keys of a widget or a screen: bound as the registry of actions says, and acted on in the order of typing.

Textual looks for the bindings of a key only when it has gone up to the app; a letter typed into an input behind it
would be inserted before the key did its work. Knows no widget in particular.
"""

from collections.abc import Mapping

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.actions import ACTIONS

__all__ = ["bindings", "run_own_binding", "take_in_order"]


def bindings(does: Mapping[str, str]) -> list[BindingType]:
    """What is to be done for each action, by its id: the name of a method without `action_`, with arguments if need be.

    Raises:
        KeyError: there is no such action.
    """
    return [
        Binding(action.keys, do, action.title, show=action.palette, priority=action.first, id=action.id)
        for action, do in ((ACTIONS[action_id], do) for action_id, do in does.items())
    ]


async def run_own_binding(widget: Widget, key: str) -> bool:
    """Run what a key is bound to in the widget itself, at once; whether there was anything."""
    active = widget.screen.active_bindings.get(key)
    if active is None or active.node is not widget or active.binding.priority:
        return False
    return await widget.app.run_action(active.binding.action, widget)


async def take_in_order(widget: Widget, event: events.Key) -> None:
    """To be called where an input is told of a key, before what Textual makes of it."""
    if not event.is_printable and await run_own_binding(widget, event.key):
        event.stop()
        event.prevent_default()
