"""The built-in offline model: `model` is the model, and of all here only it is used elsewhere.

A question becomes expressions in `language`, these a plan over the bound tools in `planner`; what is said is in
`wording`.
"""
