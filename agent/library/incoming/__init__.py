"""Sessions that come into the library: `taking` takes files, each once; `elsewhere` finds what other programs left on
this machine.

`copying` writes what is in a file where nobody sees it, `importing` makes sessions of that; `workers` has many files
copied side by side, by the `process` that is its other end. `databases` reads what a program keeps in one. What a
format is, `agent.formats.imports` knows.
"""
