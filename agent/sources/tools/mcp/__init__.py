"""Tools of MCP servers (Model Context Protocol, https://modelcontextprotocol.io), each in one session that is kept.

`servers` is the door: it starts them and gives their tools. One server's session, its death and its restart are in
`session`; how a question of it is answered while it goes on, in
`client`; its tools as LangChain knows tools, in `tools`; what it says on its error output, in `errors`.
"""
