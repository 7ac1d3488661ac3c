"""What coding agents write on disk or print: one module a format."""
