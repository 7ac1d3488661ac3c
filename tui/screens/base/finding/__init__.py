"""Finding text in what a screen shows: `finding` has the hits and where they are shown, `line` is what is typed into,
which the first frame does not wait for.
"""
