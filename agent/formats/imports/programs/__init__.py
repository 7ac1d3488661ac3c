"""What coding agents store on disk: one module a format."""
