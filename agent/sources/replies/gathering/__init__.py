"""Tool calls out of the fragments that servers send of them.

`gatherer` takes fragments and tells calls; `owners` says which call a fragment belongs to, `names` which tool a name
means, `written` what of the arguments is new, `extent` where they end, `call` is what all of them fill. Nothing is
judged: whether a call is complete or may run is not decided here.

To mend a server that numbers or names fragments in a way of its own, open `owners`; one that writes arguments so,
`written`; one that calls tools by other names, `names`.
"""
