"""A user's agent in a process of its own: it takes no time from the screen, and ends nobody but itself.

`source` makes turns as any source does; `runs` are those of one process, which this one holds by `child`. There,
`process` is what is started, and `worker` does the work with the very source that would do it here. What the two ends
say to each other is in `messages`.
"""
