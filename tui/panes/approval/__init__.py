"""Whether a tool may run: the question and its answers."""
