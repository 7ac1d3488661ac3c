"""A chat model for every server that speaks OpenAI's Chat Completions, without OpenAI's client.

A request goes out as it is made and the reply is read as plain JSON, so that nothing of a compatible server's is lost
and no object is built for each token. May import the vocabulary of events (the SSE decoder) and langchain_core; knows
no executor.

To mend another oddity of a server's stream, open `chunks`; to give back another field of a reply, open `fields`; what
a request is made of is in `request`; connections, statuses and ends are in `connection`.
"""
