"""A turn of a recording done otherwise from a moment on.

`patches` reads what a user writes, `rounds` finds the model calls, `planning` where the recording is left, `plan` says
what a branch has of it, `answers` gives the results that are recorded. Pure: who asks models and runs tools is
`agent.sources`. To add a patch, open `patches`, then `planning`.
"""
