"""The tree of runs, steps and tool calls: `tree` is the pane, `rows` all rows, `run` and `call` theirs.

`folds` knows what is folded, `marks` what a search marks, `pulse` what moves by itself.
"""
