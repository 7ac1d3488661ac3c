"""Moving through what a screen shows without leaving what has the keys, and folding it."""

from typing import TYPE_CHECKING, Literal

from textual.widget import Widget

if TYPE_CHECKING:
    from tui.presenter import Pictures

__all__ = ["FOLDS", "Fold", "scroll_log", "toggle_fragments", "walk"]

Fold = Literal["smart", "all", "none"]
FOLDS: tuple[Fold, ...] = ("smart", "all", "none")


def scroll_log(pictures: "Pictures", where: str) -> None:
    """Scroll the log to its `home` or `end`, or a `page_up` or `page_down`."""
    log = pictures.message_log
    moves = {
        "end": log.follow,
        "home": log.action_scroll_home,
        "page_up": log.action_page_up,
        "page_down": log.action_page_down,
    }
    moves[where]()


def walk(pictures: "Pictures", focused: Widget | None, direction: str) -> None:
    """To the `previous` or `next` call where the tree has the keys, message everywhere else."""
    log, tree = pictures.message_log, pictures.tool_tree
    if focused is tree:
        tree.action_previous_call() if direction == "previous" else tree.action_next_call()
    else:
        log.action_previous_message() if direction == "previous" else log.action_next_message()


def toggle_fragments(pictures: "Pictures") -> None:
    """Show or hide where the fragments of the model began."""
    log = pictures.message_log
    log.fragment_marks = not log.fragment_marks
