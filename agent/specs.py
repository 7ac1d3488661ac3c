"""How what makes turns is named: `PROVIDER:NAME` for a model, `agent:NAME` for another agent. Knows no settings."""

__all__ = ["AGENT"]

AGENT = "agent:"
"""What a specification begins with where another agent makes the turns."""
