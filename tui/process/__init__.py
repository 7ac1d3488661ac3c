"""The process that the program runs in: `loop` runs it to its end, `memory` keeps collections from stalling the screen.

Knows no terminal and no screen.
"""
