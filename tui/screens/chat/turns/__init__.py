"""Turns of the chat: `asking` takes questions out of the input, `answering` has them answered, `queue` has what waits.

`talks` are the sessions in which turns go on, `engines` what answers in them; `approvals` asks about a tool, `deciding`
is what becomes of the answer.
"""
