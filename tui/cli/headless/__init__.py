"""What works without the screen: a question, a replay or a film of one, printed or written to a file."""
