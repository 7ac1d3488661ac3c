"""What events come to: items, the one reducer, what is found in them and what they cost. Imports `events`.

To change what an event means for the thread, open `folding`; for the turn that goes on, `turn`; which of the two it is
given to, `reducer`. What a turn or a step knows is in `run`; what a message, a call or an interrupt, in `items`; what
is said of a tool that asks, in `decisions`; from where a turn branches off, in `lineage`; how text is kept with its
moments, in `fragments`; how steps lie in each other, in `nesting`; what a search in a session finds, in `finding`.
"""
