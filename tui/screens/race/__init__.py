"""Several models on one question, side by side: `opening` is what to run, `setup` asks for it, `lane` shows one model's
turn, `screen` is the race. Imports no other screen; what tools ask is `agent.sources.race`'s."""
