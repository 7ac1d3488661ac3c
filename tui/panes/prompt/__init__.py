"""The input."""
