"""The settings file that a user begins with: every setting, said in words, none of them set."""

__all__ = ["TEMPLATE"]

TEMPLATE = """\
# Tickertape's settings. Arguments come before the environment, that before a profile, that before this file.
# Take away the # of a line to set it. `tickertape config check` says what is wrong, `config show` what holds;
# in the app, F3 opens this file and takes what you change at once.

# Which model answers: offline, openai:NAME, or PROVIDER:NAME. `tickertape models` lists what can be used.
#model = "offline"
# The system prompt, in place of the built-in one.
#system = "You're a helpful assistant."
# Sent only where it is set.
#temperature = 0.0
# Steps that a turn may take.
#max_iterations = 10
# Seconds to wait for a model's first token, and between two tokens.
#first_token_timeout = 300.0
#chunk_timeout = 60.0
# The profile that holds where --profile names no other.
#profile = "work"

[tools]
# Tools of your own, each MODULE:NAME.
#load = ["my_tools:search"]

[permissions]
# Rules about tool calls: tool, tool(pattern) or tool(argument: pattern); * is any text. Taken in this order, the
# first that fits holds. Where none does, your own tools ask and the built-in ones run.
#deny = ["shell(rm *)"]
#ask = ["write_file"]
#allow = ["search", "shell(git status)", "mcp__files__*"]

[breakpoints]
# Where a turn stops before a tool runs: TOOL, TOOL(CONDITION and ...) or CONDITION; $ is the arguments, cost is in
# dollars, time in seconds.
#stop = ["write_file", 'shell($.command ~ "rm *")', "cost > 0.5", "time > 60", "step > 5"]

[context]
# What the model is told of past turns: whole, or answers (questions and answers only).
#past = "whole"
# Tokens that the model takes, where that is not known.
#window = 128000

[screen]
# A theme's name; none is the one that goes with your terminal.
#theme = "tickertape-dark"
# Which steps are folded: smart (what is over and went well), all or none.
#fold = "smart"
# Scroll with the answer as it is written.
#follow = true
# Draw with ASCII signs only.
#ascii = false
# false leaves the mouse to the terminal.
#mouse = true
# When a long turn ends or a tool asks while you look elsewhere: off, bell, or notify (the terminal's notifications).
#bell = "bell"
# Show the session and its state in the terminal's title.
#title = true
# full, or reduced: nothing that only moves.
#motion = "full"
# How moments are written: short (16:04, 27 Nov) or iso (2026-11-27 16:04).
#dates = "short"

[replay]
# Words a minute of a recording that has no times, or is played paced.
#words = 3000

[keys]
# An action's id and its keys; "" unbinds it. `tickertape config keys` lists them all.
#"app.new_chat" = "ctrl+n"

# Servers that speak OpenAI's protocol; then --model ollama:qwen3. A key is never kept here: key_env names the
# environment variable that holds it, or `keyring set tickertape ollama` puts it in the system's keyring.
#[providers.ollama]
#base_url = "http://localhost:11434/v1"
#key_env = "OLLAMA_API_KEY"
#headers = {X-Title = "tickertape"}

# What holds instead with --profile work.
#[profiles.work]
#model = "ollama:qwen3"

# MCP servers, by a command or a URL.
#[mcp.files]
#command = "npx"
#args = ["-y", "@modelcontextprotocol/server-filesystem", "."]

# Other agents, by a graph or an AG-UI endpoint.
#[agents.helper]
#graph = "my_graph.py:graph"
#[agents.trip]
#url = "https://example.org/agent"
#key_env = "TRIP_TOKEN"
#headers = {X-Tenant = "${TENANT}"}
#tools = ["my_tools:search"]
#forwarded = {tenant = "blue"}
#context = {"the user's town" = "Ostia"}

# What `tickertape serve` lets others do: the variable with their token, and sites whose pages may ask.
#[serve]
#key_env = "SERVE_TOKEN"
#origins = ["https://example.org"]

# Colours of your own; then theme = "mine".
#[themes.mine]
#primary = "#5fafd7"
#dark = true
"""
