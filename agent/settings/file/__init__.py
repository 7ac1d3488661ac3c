"""The settings file: what can be written (`tables`, and `template` for who begins), and what was.

`reading` gives a file as far as it can be used, `parsing` takes its text apart, `checking` holds the values against the
tables, `statements` knows where each key stands, `writing` changes a file and keeps its comments.
"""
