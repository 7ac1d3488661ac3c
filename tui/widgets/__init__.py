"""What several panes are made of. Knows no pane."""
