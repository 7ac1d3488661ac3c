"""What agents print while they work, a record a line: through a pipe, as it happens."""
