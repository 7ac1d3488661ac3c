"""The conversation as one scrolling widget that draws lines: `log` is the pane.

A run is drawn in `run`, the words around its messages are in `notes`; where runs stand is known by `column`.
"""
