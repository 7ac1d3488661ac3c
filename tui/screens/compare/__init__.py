"""Two recordings side by side: `side` shows one of them, `clock` says where both stand, `found`
what differs and where that is, `growth` when one that grows is to be looked at again, `screen` has the keys, `choosing`
asks for others.

Imports no other screen. What differs, and how both stand on one clock, is for `agent.recordings.comparing` to say.
"""
