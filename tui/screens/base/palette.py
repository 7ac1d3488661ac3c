"""What the palette offers of a screen and its widgets: the actions of the registry that they have bound."""

from collections.abc import Callable, Iterable, Iterator

from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from tui.key_labels import Keys

__all__ = ["Command", "commands"]

Command = tuple[str, str, Callable[[], None]]
"""Its name, its keys, and the doing of it."""


def commands(screen: Screen[None], widgets: Iterable[Widget], keys: Keys) -> Iterator[Command]:
    """Each action that is to be offered, once: by the screen where that does it, else by the first widget that does."""
    offered: set[str] = set()
    for doer in (screen, *widgets):
        for binding in _bound(doer):
            if isinstance(binding, Binding) and binding.id and binding.show and binding.id not in offered:
                offered.add(binding.id)
                yield binding.description, ", ".join(keys.labels(binding.id)), _doing(screen, doer, binding.action)


def _bound(doer: Widget) -> Iterator[BindingType]:
    """What it binds; of a screen, before that, what the screens of this program that it is made from do."""
    for kind in reversed(type(doer).__mro__[1:] if isinstance(doer, Screen) else ()):
        if issubclass(kind, Screen) and kind is not Screen:
            yield from kind.__dict__.get("BINDINGS", ())
    yield from doer.BINDINGS


def _doing(screen: Screen[None], doer: Widget, action: str) -> Callable[[], None]:
    def do() -> None:
        if doer is not screen:
            doer.focus()
        screen.call_later(screen.app.run_action, action, doer)

    return do
