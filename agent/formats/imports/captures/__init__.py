"""What went over the wire between a client and a model, as it was captured: one module a format."""
