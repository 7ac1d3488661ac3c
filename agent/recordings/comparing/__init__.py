"""Two recordings beside each other. Imports `recording` and what is above it.

Which turns of them are meant is in `choosing`, what differs in them in `differences`, their words in `wording`; how two
stand on one clock, in `aligning`.
"""
