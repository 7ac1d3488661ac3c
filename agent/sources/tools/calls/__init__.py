"""One call of a tool, from its arguments to the one text that is shown, stored and sent.

`call` runs a tool so that nothing it does harms the program, `loop` is where coroutines run, `results` reads what came
out, `values` takes values of Python apart. To tell another kind of result, open `results`.
"""
