"""Our own files: where they are, who may write them, and a session that is gone on with.

Imports `reading` and what is above it. The lock is in `writer`; what a crash leaves behind is closed there too.
"""
