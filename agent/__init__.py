"""The agent: everything that works without a screen. Nothing here imports Textual, Rich or `tui`.

Each room imports only rooms above it in this list; what all share stands beside them (errors, text, figures, files,
logs, patience, specs, threads).

    events          the vocabulary: types, wire form, chunks
    conversation    what events come to: items, the one reducer, finding in it, prices
    runs            a live turn, whoever makes it: its queue, its end, approvals
    reading         events out of any file or stream: the one reader, in this process or in another
    transcripts     our own files: folders, writer and lock, sessions
    recordings      any stream as a timeline: the recording, the player, forking
    formats         what a session becomes elsewhere: exports
    library         all saved sessions: list, search, index, metadata, trash
    settings        what the user set
    sources         who makes turns; the only room that imports LangChain
    serving         the agent as an endpoint for others; the only room that imports Starlette
"""
