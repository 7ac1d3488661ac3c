"""The line to find with."""
