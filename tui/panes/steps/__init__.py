"""The tree of runs, steps and tool calls: `tree` is the pane, `rows` all rows, `run` those of one run."""
