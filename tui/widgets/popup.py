"""A framed box over the middle of a screen. What is in it, and how wide it is, each popup says itself."""

from textual.screen import ModalScreen, ScreenResultType

__all__ = ["Popup"]


class Popup(ModalScreen[ScreenResultType]):
    """A screen with one box, which is as high as what is in it."""

    DEFAULT_CSS = """
    Popup {
        align: center middle;
        & > Vertical, & > ScrollableContainer {
            max-width: 96%;
            height: auto;
            border: heavy $accent;
            background: $surface;
            padding: 0 1;
        }
    }
    """
