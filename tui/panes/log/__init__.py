"""The conversation as one scrolling widget that draws lines: `log` is the pane, `view` its scrolling.

A run is drawn in `run/`; where runs stand is known by `column`. `cursor` is on one of the `targets`, `selection` on
text, `marks` are a search's, and `painter` gives lines their colours.
"""
