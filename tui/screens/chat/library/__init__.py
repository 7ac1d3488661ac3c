"""The saved sessions beside the chat: `history` is the pane, `browser` answers it, `opener` shows what is chosen in it.

To have the sidebar do something to saved sessions, open `history` and `browser`; to draw something in it, `tui.panes`.
"""
