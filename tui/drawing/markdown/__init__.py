"""A growing Markdown text as lines: `text` is the door, `blocks` splits, `layouts` lays out."""
