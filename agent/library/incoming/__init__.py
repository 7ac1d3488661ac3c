"""Sessions that come into the library: `importing` makes sessions of a stream, `taking` takes many files, each once.

`elsewhere` finds what other programs left on this machine, `databases` reads what they keep in a database. What a
format is, `agent.formats.imports` knows.
"""
