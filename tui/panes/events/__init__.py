"""The events of a recording, one by one."""
