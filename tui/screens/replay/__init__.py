"""The replay: `screen` has the panes and the keys, `controller` what they do, `opening` what it is opened with."""
