"""The vocabulary: AG-UI's event types, their wire form, and what a run has open. Imports no room.

To add an event type, open `types`. From bytes to events: `encoding` makes text of them, `framing` finds the events in
it (with `sse`, where servers sent them), `halves` joins characters that were split, `wire` decodes one. What a stranger
writes otherwise (a field by another name, a moment in seconds, an object for a text) is understood in the room
`mending`.
"""
