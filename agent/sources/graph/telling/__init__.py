"""What a graph streams, as events.

`teller` takes the stream and says which of its `lane`s each piece belongs to: the graph's own, or that of one who works
for it. An answer that nobody streamed, and only the state has, is in `outputs`. Knows no graph and no run.
"""
