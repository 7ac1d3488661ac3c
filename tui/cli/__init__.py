"""The command line: arguments in, an exit code out. To add a command, write its module here and name it in `main`.

What prints without the screen is in `headless`, what `tickertape sessions` does in `sessions`.
"""
