"""Our own files: where they are, who may write them, and a session that is gone on with.

Imports `reading` and what is above it. `writer` closes what a crash left behind; who may
write at all is `lock`'s.
"""
