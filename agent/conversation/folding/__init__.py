"""How events become turns: the parts of the one reducer that know the thread.

To change what a thread is made of, open `thread`; when a turn begins or goes on, `starting`; how it ends, `ending`;
what becomes of something that comes when it has ended, `late`; of messages that are told whole, `told`, `filling` and
`snapshots`; of state and activities, `beside` and `patches`. Only `agent.conversation.reducer` imports it; what is
open within a turn is in `agent.conversation.turn`.
"""
