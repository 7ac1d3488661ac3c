"""The two themes of our own, a dark and a light one. Nothing else in the program names a colour."""

from textual.theme import Theme

__all__ = ["DARK", "LIGHT"]

DARK = Theme(
    name="tickertape-dark",
    primary="#6cb6c9",
    secondary="#b3a6d9",
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
        "border-blurred": "#3f4957",
        "scrollbar": "#39414d",
        "scrollbar-background": "#14171c",
    },
)

LIGHT = Theme(
    name="tickertape-light",
    primary="#0f6f86",
    secondary="#68509c",
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
        "border-blurred": "#b5afa1",
        "scrollbar": "#bdb7aa",
        "scrollbar-background": "#fbfaf7",
    },
)
