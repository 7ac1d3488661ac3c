"""What the user set: the file, its schema, and the rules about tools.

`settings` puts arguments, environment, profile, file and defaults together; `file/` reads and writes the file;
`permissions` judges tool calls; `providers` tells where a model is asked and with which key, `headers` fills what is
sent there; `available` tells which models can be used; `variables` names those of the environment. Imports only what
stands alone in `agent`. To add a setting: a field in `file/tables` and in `file/template`, one in `settings.Settings`,
and its line in `Settings.load`.
"""
