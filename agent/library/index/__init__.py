"""The index of the saved sessions, derived from their files and made anew whenever it is lost.

`entries` is what lists know of a file, of what `agent.library.digests` keeps of it; `tables` is the index's door,
`rows` are its tables, `storing` fills and `searching` searches them; `updating` and `keeping` are how it follows the
files, `database` the file it is in.
"""
