"""Any stream as a timeline: kept, played at any pace, sought, cut. Imports `transcripts` and what is above it.

To change how time passes in a replay, open `player`; what is left of a run that a fork cuts, `forking`.
"""
