"""What waits behind a turn that is going on: the lines above the input."""
