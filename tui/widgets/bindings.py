"""The bindings of a widget or a screen, made from the registry of actions."""

from collections.abc import Mapping

from textual.binding import Binding, BindingType

from tui.actions import ACTIONS

__all__ = ["bindings"]


def bindings(does: Mapping[str, str]) -> list[BindingType]:
    """What is to be done for each action, by its id: the name of a method without `action_`, with arguments if need be.

    Raises:
        KeyError: there is no such action.
    """
    return [
        Binding(action.keys, do, action.title, show=action.palette, priority=action.first, id=action.id)
        for action, do in ((ACTIONS[action_id], do) for action_id, do in does.items())
    ]
