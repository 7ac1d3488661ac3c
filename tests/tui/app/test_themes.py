"""Our themes can be read."""

import re
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

import tui
from tui.app.themes import DARK, LIGHT


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_text_and_state_colours_stand_out_from_every_background(theme: Theme) -> None:
    for background in (theme.background, theme.surface, theme.panel):
        assert theme.foreground is not None
        assert background is not None
        assert _contrast(theme.foreground, background) >= 7
        for colour in (theme.accent, theme.success, theme.warning, theme.error):
            assert colour is not None
            assert _contrast(colour, background) >= 3


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2 (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio)."""
    dark, light = sorted(_luminance(Color.parse(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_no_other_module_names_a_colour() -> None:
    folder = Path(tui.__path__[0])
    for path in [*folder.rglob("*.py"), *folder.rglob("*.tcss")]:
        if path.name != "themes.py":
            found = re.findall(r"(?<![\w&])#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8"))
            assert not found, path
