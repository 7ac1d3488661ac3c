"""What events come to: items, the one reducer, what is found in them and what they cost. Imports `events`.

To change what an event means, open `reducer` and `folding`; what a turn or a step knows, `run`; what a message, a call
or an interrupt, `items`; what is said of a tool that asks, `decisions`; how text is kept with its moments, `fragments`;
how steps lie in each other, `nesting`; what a search in a session finds, `finding`.
"""
