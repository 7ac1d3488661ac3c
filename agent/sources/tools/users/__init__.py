"""The tools that a user brings: found, judged (`judging`), and made so that a model can call them.

`adapting` lets functions be called by name. To refuse or accept another kind of tool, open
`judging`.
"""
