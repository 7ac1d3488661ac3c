"""What a graph streams, as events.

`teller` takes the stream and hands each piece to who owns what it is about: `lanes` says whose it is (the graph's own,
or that of one who works for it) and `lane` tells its replies, `tasks` knows what runs, `calls` what came of the tools,
`steps` and `states` the rest. An answer that nobody streamed, and only the state has, is in `outputs`; `tools` is what
an agent that is no graph writes into the stream. Knows no graph and no run.
"""
