"""Turns made by a LangGraph graph of the user's, as its owner wrote it, or by a Runnable, which `runnables` makes one.

`source` does the work of turns, `turn` that of one: it runs the graph, and goes on with it until it ends. What the
graph streams becomes events in `telling`, what it asks goes through `asking`. What it is given for a question is in
`inputs`; a graph without a memory has that of `memory` for a turn.
"""
