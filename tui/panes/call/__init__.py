"""One tool call whole, to be read, selected and copied."""
