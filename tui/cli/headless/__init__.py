"""What works without the screen: a question, a race, a replay, printed; the agent, served."""
