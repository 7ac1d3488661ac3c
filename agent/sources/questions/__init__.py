"""What agents, and servers of tools, ask the user beside their calls; what clients of ours answer to what we ask.

`interrupts` has the questions and makes answers of decisions, `asking` has the user asked, `shown` tells questions as
calls, and what goes between client and server about them.
"""
