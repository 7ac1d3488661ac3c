"""The agent's loop: ask the model, run the tools it calls, again, until there is an answer.

The policy of a turn is in `loop`, that of one model call (retries, refusals, time-outs) in `asking`, the running of a
step's calls in `tooling`; `callbacks` turns LangChain's callbacks into events. `begun` and `continuing` go on with a
turn that another run began, or that a branch tells again.
"""
