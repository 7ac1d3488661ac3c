"""Two recordings side by side: `side` shows one of them, `screen` has the clock of both and what differs.

Imports no other screen. What differs is `agent.recordings.comparing`'s to say, how both stand on one clock that of
`agent.recordings.aligning`.
"""
