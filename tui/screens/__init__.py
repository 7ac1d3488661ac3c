"""Panes put together, and what they do: `chat/` and `replay/`, with what both share in `base/`.

The modules are dialogs over them. Screens know each other only by `base/`.
"""
