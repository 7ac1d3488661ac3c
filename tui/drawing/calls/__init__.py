"""A tool call as rows and as text: its head, its arguments while they are written, its result."""
