"""The tools an agent is given: the built-in arithmetic, the answer, and those that a user brings (`load`)."""
