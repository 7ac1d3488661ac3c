"""Panes put together, and what they do: `chat/` and `replay/`, with what both share in `base/` and `waterfall/`.

`race/` is several models on one question, `compare/` two recordings side by side; each of them is a `column`.

The modules are dialogs over them, and `picture`, which takes secrets out of one of the screen. Screens know each other
only by `base/`.
"""
