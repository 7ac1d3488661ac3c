"""What observers of agents store, and the requests that they and HTTP captures hold: one module a format.

`messages` reads a message in any provider's shape, `dialogue` tells what a request adds to those before it, `spans`
tells a tree of model calls and tools by their moments.
"""
