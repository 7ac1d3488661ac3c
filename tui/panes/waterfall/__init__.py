"""Where the time of a turn went, drawn: `pane` is the widget, `rows` its rows, `scale` what time its
cells show, `axis` the line that says so."""
