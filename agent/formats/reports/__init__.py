"""What a recording tells of itself, as objects for scripts: where its time went, what two differ in."""
