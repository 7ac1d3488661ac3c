"""A session as something to keep or to show: one module a format, chosen in `export`.

To add a format, write its module beside `markdown`, and name it in `export`. What formats say in the same words is in
`words`; what keeps foreign text from breaking a format is in `contained` and `safe_html`. `playing` is a page that
plays a recording, `redacting` takes out what looks like a secret before anything is handed on.
"""
