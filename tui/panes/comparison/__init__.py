"""Two conversations step by step: `table` is the widget, `rows` its rows and what differs in words."""
