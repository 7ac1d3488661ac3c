"""The tools an agent is given: the built-in arithmetic, the answer, and those that a user brings (`load`).

calls   one call of a tool: where it runs, what it gives
users   what a user names as tools, found and judged
"""
