"""The sidebar: `sidebar` is the pane, `list` what scrolls in it.

Rows are made in `rows`; which sessions they are of, in `library` and `found`. To add a column, open `rows`.
"""
