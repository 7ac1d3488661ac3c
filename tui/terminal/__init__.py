"""The terminal itself: what reaches it and what comes from it. Knows no screen."""
