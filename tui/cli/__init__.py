"""The command line: arguments in, an exit code out. To add a command, write its module here and name it in `main`.

What prints without the screen is in `headless`, what a recording tells of itself and of others in `travel`, what is
handed on in `sharing`, what `tickertape sessions` does in `sessions`.
"""
