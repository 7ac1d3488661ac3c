"""The two themes of our own, a dark and a light one. Nothing else in the program names a colour."""

from textual.theme import Theme

__all__ = ["DARK", "LIGHT"]

DARK = Theme(
    name="tickertape-dark",
    primary="#6cb6c9",
    secondary="#8aa4c8",
    accent="#6cb6c9",
    foreground="#d5d9e0",
    background="#14171c",
    surface="#191d23",
    panel="#232830",
    success="#8fbf7f",
    warning="#e0af68",
    error="#e5737f",
    dark=True,
    variables={
        "border": "#6cb6c9",
        "border-blurred": "#2f3640",
        "scrollbar": "#39414d",
        "scrollbar-background": "#14171c",
    },
)

LIGHT = Theme(
    name="tickertape-light",
    primary="#0f6f86",
    secondary="#44618c",
    accent="#0f6f86",
    foreground="#26292e",
    background="#fbfaf7",
    surface="#f5f3ee",
    panel="#e9e6de",
    success="#3c7a3a",
    warning="#8f5b00",
    error="#b3363f",
    dark=False,
    variables={
        "border": "#0f6f86",
        "border-blurred": "#cfcac0",
        "scrollbar": "#bdb7aa",
        "scrollbar-background": "#fbfaf7",
    },
)
