"""Who makes turns. The only room that imports LangChain, and does so only in the work of a turn: `engine` is its door.

executor    the agent's loop over any LangChain chat model
replies     a model's reply: its calls gathered, its thoughts told apart, kept whole and given back
failures    what went wrong with a model call, read by structure
context     what a model is told of the turns behind the question, as much as its window takes
models      the models, one module a provider; `models.build` chooses
tools       the tools a model is given; `tools.load` brings the user's
graph       a LangGraph graph, or a Runnable, in the place of the executor
remote      an agent behind a URL, or a function that gives events, in its place
apart       either of the user's own code, in a process of its own

`agents` finds which of these it is to be; `branching` begins a branch of a recording, and `race` several turns at once.
What agents and servers of tools ask the user is in `questions`.
"""
