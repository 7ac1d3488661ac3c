"""One run as the log draws it: `view` has its parts in their order, `part` is one of them, `making` makes views.

`notes` has the words around the messages, `fragments` a text as it arrived. Knows no scrolling, cursor or colours.
"""
