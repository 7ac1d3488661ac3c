"""The tools an agent is given: the built-in arithmetic, the answer, and those that a user brings (`load`).

calls   one call of a tool: where it runs, what it gives
users   what a user names as tools, found and judged
mcp     the tools of MCP servers
names   the name of a tool as every provider takes it
written a call that a model wrote as text
"""
