"""The panes, a room each: a widget with its rows. None imports another; they meet in the screens.

log          the conversation
steps        the tree of runs, steps and tool calls
history      the sidebar: saved sessions, search
prompt       the input
approval     whether a tool may run
status       the line at the foot
title        the line at the top
player       a replay's track
events       a recording's events, one by one
call         one tool call, whole
find         the line to find with
waterfall    where a turn's time went
comparison   what two conversations did, step by step
"""
