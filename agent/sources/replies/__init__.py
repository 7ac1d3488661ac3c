"""A model's reply, whoever's: put together out of fragments, told in its parts, kept whole and given back.

`gathering` makes calls of fragments, `thinking` tells thoughts from text, `answer` decodes an answer inside a call,
`arguments` reads what a call was written with, `endings` judges why a reply stopped, `fields` and `kept` hold what
LangChain's messages have no place for. Knows langchain_core's messages and no client, no executor.

To mend another way of sending calls, open `gathering`; to take another word for an end, open `endings`.
"""
