"""The vocabulary: AG-UI's event types, their wire form, and what a run has open. Imports no room.

To add an event type, open `types`; to change what a line of JSON may look like, open `wire`; streams of
server-sent events are cut into events in `sse`.
"""
