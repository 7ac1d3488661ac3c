"""Two recordings side by side: `side` shows one of them, `clock` says where both stand, `screen` has
the keys and what differs, `choosing` asks for others.

Imports no other screen. What differs, and how both stand on one clock, is for `agent.recordings.comparing` to say.
"""
