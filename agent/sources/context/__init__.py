"""What a model is told besides the question: the turns behind it, bounded by the model's window.

`turns` says which of a conversation's turns are told, `history` makes messages of them, `window` knows how much may be
sent and leaves out the rest, `learned` keeps what servers told of their windows, `question` and `parts` tell what is no
text. `given` keeps in the session what a call was given besides, and `rebuilding` makes of that what was sent.

To tell a kind of turn otherwise, open `history`; to bound what is sent otherwise, open `window`.
"""
