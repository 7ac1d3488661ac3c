"""All saved sessions: to be listed, searched, named, pinned, deleted, restored and brought in.

Imports `formats` and what is above it. `library` is the door. Where the files are is in `files`, what the user said of
a session in `metadata`, what a word is to a search and where a text has it in `words`, which texts a search shows in
`excerpts`, what lists show in `listing`, and how that is put together in `infos`; `digests/` is what is kept of a file,
`index/` is only ever derived from the files by way of them, `incoming/` brings sessions in.
"""
