"""The agent's loop: ask the model, run the tools it calls, again, until there is an answer.

The policy is in `loop`, the running of a step's calls in `tooling`. What a provider's messages look like is known in
`content` alone, what its errors mean in `failures`, what a model is told of past turns in `history`; `callbacks` turns
LangChain's callbacks into events.
"""
