"""The chat's input: `prompt` is the pane's with what stands behind it here; a module for each of those things."""
