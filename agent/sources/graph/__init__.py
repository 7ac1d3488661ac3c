"""Turns made by a LangGraph graph of the user's, as its owner wrote it, or by a Runnable, which `runnables` makes one.

`source` does the work of a turn: it runs the graph, asks what it asks, and goes on. What the graph streams becomes
events in `telling`; what it is given is in `inputs`, how its interrupts and the user's answers go together, in
`interrupts`; what it asks where it is served to others, in `served`.
"""
