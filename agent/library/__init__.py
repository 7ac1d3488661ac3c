"""All saved sessions: to be listed, searched, named, pinned, deleted, restored and brought in.

Imports `formats` and what is above it. `library` is the door. What the user said of a session is in `metadata`, what a
word is to a search in `words`, what lists show in `listing`; `index` is only ever derived from the files.
"""
