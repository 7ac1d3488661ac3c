"""What went wrong with a model call, read by structure out of whatever a provider's client raises.

`reading` is the door; it asks `bodies` (what the server said), `refusals` (which argument it would not take),
`overflow` (whether the window is full) and `waits` (how long to wait). No client is imported: they differ, and agree on
little more than a status, a body, and the names of their classes.

To have another server's words understood, open `refusals` or `overflow`.
"""
