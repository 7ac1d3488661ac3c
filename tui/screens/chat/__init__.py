"""The chat: `screen` has the panes and the keys, `controller` what they do, `frame` what follows around the panes.

`turns/` has what begins and stops them, `prompt/` what stands behind the input, `library/` the saved sessions; `models`
chooses who answers, `leaving` asks before something is lost, `hints` names the keys. Imports the panes and what the
screens share.
"""
