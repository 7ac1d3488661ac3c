"""A turn that goes on: what is open in it, and how its events become items. Nothing of it outlives the end of the turn.

To change which step something belongs to, open `steps`; what becomes of a text or a reasoning, `texts`; of a call,
`calls`; of what is asked of the world outside, `interrupts`; of any other event, `open`; what is read out of fields
that may hold anything, `content`; how a sender's ids become ours, `names`. It knows one turn;
`agent.conversation.folding` knows the thread.
"""
