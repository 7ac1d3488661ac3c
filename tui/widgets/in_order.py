"""What is typed into an input is taken in its order, however fast it comes: keys that do something as well as letters.

Textual looks for the bindings of a key only when it has gone up to the app; a letter that was typed behind it would be
inserted before the key did its work. Knows no widget in particular.
"""

from textual import events
from textual.widget import Widget

__all__ = ["run_own_binding", "take_in_order"]


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
