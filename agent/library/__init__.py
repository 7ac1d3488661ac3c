"""All saved sessions: to be listed, searched, named, pinned, deleted, restored and brought in.

Imports `formats` and what is above it. `library` is the door. What the user said of a session is in `metadata`, what a
word is to a search and where a text has it in `words`, which texts a search shows in `excerpts`, what lists show in
`listing`; `index` is only ever derived from the files.
"""
