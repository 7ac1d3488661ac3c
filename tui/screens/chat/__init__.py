"""The chat: `screen` has panes and keys, `controller` the session in the panes, `frame` what goes on around them.

`turns/` has what begins and stops them, `prompt/` what stands behind the input, `library/` the saved sessions; `models`
chooses who answers, `leaving` asks before something is lost, `hints` names the keys. Imports the panes and what the
screens share.
"""
