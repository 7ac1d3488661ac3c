"""What is handed on: asked about first, then written.

Whether what looks like a secret goes along is asked in `redaction`; `page` writes the page that plays, `asciicast` a
film of the screen. What a session is exported as otherwise is `agent.formats.exports`'s business.
"""
