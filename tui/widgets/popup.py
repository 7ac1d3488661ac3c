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
        OptionList {
            height: auto;
            background: $surface;
            padding: 0;
            &, &:focus { border: none; background-tint: $surface 0%; }
            /* What is quiet in a row stays readable in the one that has the cursor. */
            &:focus > .option-list--option-highlighted {
                background: $block-cursor-blurred-background;
                color: $foreground;
            }
        }
    }
    """
