"""The terminal: pictures of the agent's state, and keys. Each room imports only rooms below it in this list.

cli          the command line: what is printed, and what opens the screen
app          the application: themes, the first screen, the way in and the way out
screens      panes put together, with their controllers: chat, replay, race, compare; dialogs
presenter    events to pictures: the one door from the agent's state to the panes
panes        each a picture with its rows; none imports another
widgets      what several panes are made of
drawing      text to lines and rows; knows no pane
key_labels   which keys do what now, and how they are written
actions      the one registry of actions and their keys: to add a key, open this
terminal     the terminal itself: what it sends and is sent, the clipboard, an editor that has it for a while
process      the process: its loop, its memory
"""
