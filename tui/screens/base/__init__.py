"""What the chat and the replay share: `screen` has the panes and the keys that are the same in both.

A module for each thing that is done with them: `arrangement` which panes are seen, `moves` through them, `last_line`,
`waterfall`, `escape`, `palette`, `selecting` where a selection by the mouse ends; `finding/` is the search in them.
"""
