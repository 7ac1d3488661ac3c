"""The index of the saved sessions, derived from their files and made anew whenever it is lost.

`digest` is what is kept of a file, `entries` what of it lists know; `tables` is the index's door, `rows` are its
tables, `storing` fills and `searching` searches them; `updating` and `keeping` are how it follows the files, `database`
the file it is in.
"""
