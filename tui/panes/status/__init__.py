"""The line at the foot: what is going on, how fast, how much."""
