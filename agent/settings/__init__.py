"""What the user set, from arguments, the environment and defaults. Imports nothing but the errors.

To add a setting, open `settings`.
"""
