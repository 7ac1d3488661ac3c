"""What a stranger writes otherwise than AG-UI, taken for what it is certain to mean. Imports `types`; only `wire` and
`framing` import it.

Where events lie in a line of other shape (in an envelope, in a list with their run around it), `envelopes` finds them;
an event by other names and values is understood in `events`, value by value in `values`.
"""
