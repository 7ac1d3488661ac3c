"""The chat: `screen` has the panes and the keys, `controller` what they do, `browser` the saved sessions."""
