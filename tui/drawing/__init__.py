"""Text to lines and rows, before anyone knows which pane they stand in. Knows no widget.

`cells` cuts foreign text to a width, `wrap` wraps it, `glyphs` has every sign and its ASCII twin, `status` the sign of
a run, `rows` and `lines` are what panes draw. `markdown` lays out Markdown, `calls` tool calls.
"""
