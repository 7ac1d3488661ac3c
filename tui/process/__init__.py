"""The process that the program runs in: `loop` runs it to its end, `memory` keeps collections from stalling the screen,
`forking` lets those go that are forked from it.

Knows no terminal and no screen.
"""
