"""What works without the screen: a question, a race, a replay, a film or a page of one, printed or written."""
