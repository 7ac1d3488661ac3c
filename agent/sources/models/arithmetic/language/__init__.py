"""How a question of arithmetic is read: words and signs to expressions. Knows no tool and no model.

To teach it a word, open `vocabulary`; a rule of the grammar, `grammar`.
"""
