"""The line at the top: the program, the session, the model."""
