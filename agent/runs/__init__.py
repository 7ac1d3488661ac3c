"""A live turn, whoever makes it: its events in order, its one end, the user's answers to its tools. Imports `events`.

How a turn ends, and what is sent when it does, is decided in `run`.
"""
