"""What a graph asks when it stops in the middle.

`interrupts` has its questions and makes what it goes on with of decisions; `user` has the user asked, where tools ask;
`client` has what a client is asked, where the graph is served to others. Knows no graph.
"""
