"""Panes put together, and what they do: `panes` has what chat and replay share."""
