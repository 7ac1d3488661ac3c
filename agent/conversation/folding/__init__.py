"""How events become items while a run goes on: the parts of the one reducer, each with what it holds.

To change which step something belongs to, open `steps`; what becomes of a text or a reasoning, `texts`; of a call,
`calls`; of an interrupt, `turn`; of messages that are told whole, `filling`; of state and activities, `state`; what is
read out of fields that may hold anything, `content`. Only `agent.conversation.reducer` imports it.
"""
