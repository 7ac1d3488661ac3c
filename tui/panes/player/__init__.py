"""A replay's track: where it stands, what lies on the way, how fast it goes."""
