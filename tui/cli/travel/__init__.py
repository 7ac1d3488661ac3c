"""What a recording tells of itself and of another, without the screen: their arguments stand in `commands`.

To add a command, name it there and write its module here: it reads recordings (`recorded`), has them worked out in
`agent.recordings` and prints text or an object.
"""
