"""The replay: `screen` has the panes and the keys, `controller` what they show.

`opening` is how it was asked for, `way` what lies before and behind where it stands, `branching` and `go_live` leave it
for a session of one's own, `event_lines` are its events as the inspector has them.
"""
