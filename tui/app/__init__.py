"""The application: the first screen, the way in and the way out. No chat logic.

`app` is Textual's, `running` runs it; `themes` and `preferences` are how it looks and which keys it has, `changing`
changes that; `attention` calls the user, `saving` writes files that he asks for, `log` has what is said of ourselves.
"""
