"""What events come to: items, the one reducer, what is found in them and what they cost. Imports `events`.

To change what an event means, open `reducer` and, for what is open in a run, `folding`; what a run, a call or a message
knows, `items`; how steps lie in each other, `nesting`; what a search in a session finds, `finding`.
"""
