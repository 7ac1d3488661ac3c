"""What can be written in the settings file: its tables, their keys, their types, and the JSON Schema made of them.

Everything here is as it was written and may be left out; what holds where nothing is written is decided in
`agent.settings.settings`. Keys of providers are never written here: only the names of the variables that hold them.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

__all__ = [
    "Agent",
    "Breakpoints",
    "Context",
    "Document",
    "Mcp",
    "Options",
    "Permissions",
    "Profile",
    "Provider",
    "Replay",
    "Screen",
    "Serve",
    "Table",
    "Theme",
    "Tools",
    "json_schema",
]

_Name: TypeAlias = Annotated[str, Meta(min_length=1)]
_Url: TypeAlias = Annotated[str, Meta(pattern="^https?://", description="http:// or https://")]
_Headers: TypeAlias = Annotated[
    dict[str, str], Meta(description="sent with each request; ${NAME} stands for an environment variable")
]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of the file; keys that it does not name are refused."""


class Context(Table, frozen=True, kw_only=True):
    """What of a session the model is told again."""

    past: Annotated[Literal["whole", "answers"], Meta(description="of past turns: all, or questions and answers")] | (
        UnsetType
    ) = UNSET
    window: Annotated[int, Meta(ge=1_000, description="tokens that the model takes, where that is not known")] | (
        UnsetType
    ) = UNSET


class Screen(Table, frozen=True, kw_only=True):
    """How it looks, and what it does to the terminal."""

    theme: Annotated[_Name, Meta(description="a theme's name; also one of [themes]")] | UnsetType = UNSET
    fold: (
        Annotated[
            Literal["smart", "all", "none"],
            Meta(description="which steps are folded: what is over and went well (smart), all, none"),
        ]
        | UnsetType
    ) = UNSET
    follow: Annotated[bool, Meta(description="scroll with the answer as it is written")] | UnsetType = UNSET
    ascii: Annotated[bool, Meta(description="draw with ASCII signs only")] | UnsetType = UNSET
    mouse: Annotated[bool, Meta(description="false leaves the mouse to the terminal")] | UnsetType = UNSET
    bell: (
        Annotated[
            Literal["off", "bell", "notify"],
            Meta(
                description="when a long turn ends or a tool asks while the terminal is not looked at: nothing, the "
                "bell, or a notification (OSC 9)"
            ),
        ]
        | UnsetType
    ) = UNSET
    title: Annotated[bool, Meta(description="the session and its state in the terminal's title")] | UnsetType = UNSET
    motion: (
        Annotated[Literal["full", "reduced"], Meta(description="reduced draws nothing that only moves")] | UnsetType
    ) = UNSET
    dates: (
        Annotated[Literal["short", "iso"], Meta(description="how moments are written: 27 Nov, or 2026-11-27 16:04")]
        | UnsetType
    ) = UNSET


class Replay(Table, frozen=True, kw_only=True):
    """How recordings are played."""

    words: Annotated[
        float, Meta(gt=0, description="words a minute of what has no times, or is played paced (3000)")
    ] | (UnsetType) = UNSET


class Permissions(Table, frozen=True, kw_only=True):
    """Which calls are refused, asked about or let run, in this order: the first rule that fits holds."""

    deny: Annotated[list[str], Meta(description="calls that never run")] | UnsetType = UNSET
    ask: Annotated[list[str], Meta(description="calls that are asked about")] | UnsetType = UNSET
    allow: Annotated[list[str], Meta(description="calls that run without a question")] | UnsetType = UNSET


class Breakpoints(Table, frozen=True, kw_only=True):
    """Where a run stops before a tool runs."""

    stop: (
        Annotated[list[str], Meta(description="each TOOL, TOOL(CONDITION and ...) or CONDITION; cost in $, time in s")]
        | UnsetType
    ) = UNSET


class Tools(Table, frozen=True, kw_only=True):
    """The tools of one's own."""

    load: Annotated[list[_Name], Meta(description="each MODULE:NAME or FILE.py:NAME")] | UnsetType = UNSET


class Options(Table, frozen=True, kw_only=True):
    """What the file can say at its top, and a profile in its place."""

    model: Annotated[_Name, Meta(description="offline, openai:NAME, or PROVIDER:NAME")] | UnsetType = UNSET
    system: Annotated[str, Meta(description="the system prompt")] | UnsetType = UNSET
    temperature: Annotated[float, Meta(ge=0, le=2, description="not sent where it is not set")] | UnsetType = UNSET
    max_iterations: Annotated[int, Meta(ge=1, description="steps that a turn may take")] | UnsetType = UNSET
    first_token_timeout: (
        Annotated[float, Meta(gt=0, description="seconds to wait for a model's first token")] | UnsetType
    ) = UNSET
    chunk_timeout: Annotated[float, Meta(gt=0, description="seconds to wait between two tokens")] | UnsetType = UNSET
    tools: Tools | UnsetType = UNSET
    context: Context | UnsetType = UNSET
    permissions: Permissions | UnsetType = UNSET
    breakpoints: Breakpoints | UnsetType = UNSET
    screen: Screen | UnsetType = UNSET
    replay: Replay | UnsetType = UNSET


class Profile(Options, frozen=True, kw_only=True):
    """What holds instead where the profile is chosen."""


class Provider(Table, frozen=True, kw_only=True):
    """A server that speaks OpenAI's Chat Completions."""

    base_url: _Url
    key_env: (
        Annotated[_Name, Meta(description="the environment variable with its key; else the system's keyring is asked")]
        | UnsetType
    ) = UNSET
    headers: _Headers | UnsetType = UNSET


class Mcp(Table, frozen=True, kw_only=True):
    """An MCP server: a command, or a URL."""

    command: Annotated[_Name, Meta(description="the program of a server that speaks over its pipes")] | UnsetType = (
        UNSET
    )
    args: Annotated[list[str], Meta(description="its arguments")] | UnsetType = UNSET
    env: Annotated[list[_Name], Meta(description="the environment variables that it is given, by name")] | UnsetType = (
        UNSET
    )
    url: _Url | UnsetType = UNSET
    headers: _Headers | UnsetType = UNSET
    enabled: Annotated[bool, Meta(description="false: only where --mcp names it")] | UnsetType = UNSET
    timeout: Annotated[float, Meta(gt=0, description="seconds that it may take to start (30)")] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.command is UNSET) == (self.url is UNSET):
            raise ValueError("either command or url is needed")


class Agent(Table, frozen=True, kw_only=True):
    """Another maker of turns: a graph, or an endpoint."""

    graph: Annotated[_Name, Meta(description="MODULE:NAME or FILE.py:NAME")] | UnsetType = UNSET
    url: _Url | UnsetType = UNSET
    key_env: Annotated[_Name, Meta(description="the environment variable with its token")] | UnsetType = UNSET
    headers: _Headers | UnsetType = UNSET
    tools: (
        Annotated[list[_Name], Meta(description="tools of yours that it may call, each MODULE:NAME or FILE.py:NAME")]
        | UnsetType
    ) = UNSET
    forwarded: Annotated[dict[str, Any], Meta(description="passed to it with each request")] | UnsetType = UNSET
    context: (
        Annotated[dict[str, str], Meta(description="told to it with each request: what it is, and its value")]
        | UnsetType
    ) = UNSET

    def __post_init__(self) -> None:
        if (self.graph is UNSET) == (self.url is UNSET):
            raise ValueError("either graph or url is needed")
        if self.url is UNSET and any(
            one is not UNSET for one in (self.key_env, self.headers, self.tools, self.forwarded, self.context)
        ):
            raise ValueError("only an agent with a url has key_env, headers, tools, forwarded or context")


class Serve(Table, frozen=True, kw_only=True):
    """What `tickertape serve` lets others do."""

    key_env: Annotated[_Name, Meta(description="the environment variable with the token that clients send")] | (
        UnsetType
    ) = UNSET
    origins: Annotated[list[_Name], Meta(description="sites whose pages may ask, such as https://example.org")] | (
        UnsetType
    ) = UNSET


class Theme(Table, frozen=True, kw_only=True):
    """Colours of one's own, each as #rrggbb or by name."""

    primary: _Name
    dark: Annotated[bool, Meta(description="false: dark signs on a light ground")] | UnsetType = UNSET
    secondary: _Name | UnsetType = UNSET
    accent: _Name | UnsetType = UNSET
    foreground: _Name | UnsetType = UNSET
    background: _Name | UnsetType = UNSET
    surface: _Name | UnsetType = UNSET
    panel: _Name | UnsetType = UNSET
    success: _Name | UnsetType = UNSET
    warning: _Name | UnsetType = UNSET
    error: _Name | UnsetType = UNSET


class Document(Options, frozen=True, kw_only=True):
    """The whole file."""

    profile: Annotated[_Name, Meta(description="the profile that holds where none is chosen")] | UnsetType = UNSET
    profiles: dict[str, Profile] | UnsetType = UNSET
    providers: dict[str, Provider] | UnsetType = UNSET
    mcp: dict[str, Mcp] | UnsetType = UNSET
    agents: dict[str, Agent] | UnsetType = UNSET
    serve: Serve | UnsetType = UNSET
    themes: dict[str, Theme] | UnsetType = UNSET
    keys: (
        Annotated[dict[str, str], Meta(description='an action\'s id to its keys: "ctrl+n,f5"; "" unbinds it')]
        | UnsetType
    ) = UNSET


def json_schema() -> dict[str, Any]:
    """The file's JSON Schema (https://json-schema.org/draft/2020-12), for editors and checkers."""
    schema = msgspec.json.schema(Document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tickertape settings", **schema}
