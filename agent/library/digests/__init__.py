"""What the library keeps of a transcript, made of its file alone; lists, searches and the index are made of it.

`digest` reads a file whole, or on from where it was read to; `looking` has but a look at its two ends, for a list that
cannot wait. `summary` is what both tell of a file, `turns` what is kept of a turn.
"""
