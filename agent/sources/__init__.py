"""Who makes turns. The only room that imports LangChain, and does so only in the work of a turn: `engine` is its door.

executor    the agent's loop over any LangChain chat model
models      the models, one module a provider; `models.build` chooses
tools       the tools a model is given; `tools.load` brings the user's
"""
