"""Turns made by an agent behind a URL that speaks AG-UI over HTTP and server-sent events
(https://docs.ag-ui.com/concepts/architecture).

`source` does the work of a turn: it sends requests until there is an answer. What a request tells of the conversation
is in `messages`, the way to the server in `connection`, what goes wrong on it, in words, in `failures`. What the
server's stream becomes in the run is in `taking`; tools of ours that it may call, in `frontend`; a function of the
user's in the place of a server, in `local`.
"""
