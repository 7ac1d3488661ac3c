"""The index of the saved sessions, derived from their files and made anew whenever it is lost.

`digest` is what is kept of a file, `tables` how it is kept and searched, `updating` and `keeping` how it follows the
files, `database` the file it is in.
"""
