"""The models, one module a provider. To add a provider or a server's oddity, open `build` or `openai`.

`arithmetic` is the built-in offline model.
"""
