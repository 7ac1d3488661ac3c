"""The application: the first screen, the way in and the way out. No chat logic.

`app` goes from screen to screen, `terminal` is what it does with the terminal beneath (`in_turn`: one key after the
other), `running` runs it; `themes` and `preferences` are how it looks and which keys it has, `changing` changes that;
`saving` writes files that the user asks for, `log` has what is said of ourselves.
"""
