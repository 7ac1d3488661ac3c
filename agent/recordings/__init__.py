"""Any stream as a timeline: kept, played at any pace, sought, forked. Imports `transcripts` and what is above it.

To change how time passes in a replay, open `player`; how a moment is named, `moments`; where a turn's time went, and
what a stall is, `timing`; what is left of a run that a fork cuts, `forking`; two beside each other,
`comparing/`; a branch that goes on otherwise, `what_if/`.
"""
