"""What the user set, put together and frozen: arguments first, then environment, profile, file and defaults.

It judges what can be judged without importing a model or a tool. What the file has wrong is told and left out,
and so is a variable that nothing reads; what an argument or another variable has wrong ends the start.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from agent.errors import UsageError
from agent.secrets import Secrets
from agent.settings.file.contents import Problem, SettingsFile
from agent.settings.file.reading import read_settings, settings_path
from agent.settings.headers import named_secrets
from agent.settings.permissions import Permissions, Rule, RuleError
from agent.settings.variables import unknown_variables
from agent.specs import AGENT

if TYPE_CHECKING:
    from agent.settings.breakpoints import Breakpoint
    from agent.settings.file.tables import Agent, Document, Mcp, Profile, Provider, Theme

__all__ = ["Bell", "Fold", "Settings"]

Fold = Literal["smart", "all", "none"]
Bell = Literal["off", "bell", "notify"]
T = TypeVar("T")

_DEFAULT_OPENAI_MODEL = "openai:gpt-4o-mini"


@dataclass(frozen=True, kw_only=True, eq=False)  # to compare so many fields nobody asks, and it takes 2 ms of the start
class Settings:
    """All that can be set."""

    model: str
    """`offline`, `openai:NAME` or `PROVIDER:NAME`; or `agent:` and the name of an agent."""
    profile: str | None = None
    """The profile that was chosen."""
    tools: tuple[str, ...] = ()
    """A user's tools, each `MODULE:NAME`."""
    use_tools: bool = True
    """False is a plain chat."""
    system: str | None = None
    """The system prompt, instead of the built-in persona."""
    temperature: float | None = None
    """None is not sent."""
    data_dir: Path
    """Holds the sessions and the log; absolute, whatever folder a tool changes to."""
    offline_rate: float | None = None
    """Fragments per second of the offline model; None leaves it at its default, 0 means no pause."""
    max_iterations: int = 10
    """Steps that a turn may take."""
    first_token_timeout: float = 300.0
    """Seconds."""
    chunk_timeout: float = 60.0
    """Seconds between two chunks of the model."""
    past: Literal["whole", "answers"] = "whole"
    """What the model is told of past turns."""
    window: int | None = None
    """Tokens that the model takes, where the user says so."""
    mcp: Mapping[str, "Mcp"] = field(default_factory=dict)
    """The MCP servers whose tools are to be had, by name."""
    named_tools: tuple[str, ...] = ()
    """Those of `tools` that this start of the program names."""
    named_mcp: tuple[str, ...] = ()
    """The names of those of `mcp` that this start of the program names."""
    agents: Mapping[str, "Agent"] = field(default_factory=dict)
    """The agents of the settings, by name."""
    serve_token: str | None = field(default=None, repr=False)
    """What clients of `tickertape serve` have to send; None lets this machine's programs in, and nobody else."""
    serve_origins: tuple[str, ...] = ()
    """Sites whose pages may ask it."""
    permissions: Permissions = field(default_factory=Permissions)
    providers: Mapping[str, "Provider"] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where keys are looked for."""

    fold: Fold = "smart"
    """What of the steps is folded: `smart` folds what is over and went well, `all` everything, `none` nothing."""
    ascii: bool = False
    """Draw with ASCII signs only."""
    theme: str | None = None
    """None is the one that goes with the terminal."""
    themes: Mapping[str, "Theme"] = field(default_factory=dict)
    """The user's own."""
    follow: bool = True
    mouse: bool = True
    bell: Bell = "bell"
    terminal_title: bool = True
    reduced_motion: bool = False
    iso_dates: bool = False
    """Moments are written with their day, as ISO 8601 does."""
    words_a_minute: float | None = None
    """The pace of replays without times; None leaves it at its default."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by the id of their action, instead of the built-in ones."""

    file: SettingsFile = field(default_factory=lambda: SettingsFile(path=Path(os.devnull)), repr=False)
    origins: Mapping[str, tuple[Any, str]] = field(default_factory=dict, repr=False)
    """The value of each setting and where it comes from, in words, by its name in the file."""
    reload: "Callable[..., Settings] | None" = field(default=None, repr=False)
    """The settings anew, as the file is now: with the same arguments, but for those that are given, and environment.
    Blocks."""

    @property
    def log_path(self) -> Path:
        """The log file that errors name."""
        return self.data_dir / "tickertape.log"

    @property
    def secrets(self) -> Secrets:
        """What is to stand in no file and on no screen: of the environment, by its names, and what the file names."""
        tables = (*self.providers.values(), *self.agents.values(), *self.mcp.values())
        return Secrets.of(self.environ, *named_secrets(tables, self.environ))

    def place_of_tools(self, spec: str) -> str:
        """Where one of `tools` is named: the option, or the key of the settings file."""
        return "--tools" if spec in self.named_tools else "[tools] load"

    @property
    def asks_agent(self) -> bool:
        """Whether another agent makes the turns, and not a model and tools of ours."""
        return self.model.startswith(AGENT)

    @property
    def shown_model(self) -> str:
        """The model as it may be shown and written: without a password of an agent's address."""
        return self.model if self.agent_url is None else Secrets().hidden(self.model)

    @property
    def is_model_for_all(self) -> bool:
        """Whether nobody has said which model it is for this start of the program: it is the file's, or the default."""
        _, origin = self.origins.get("model", (None, ""))
        return origin in ("default", self.file.path.name)

    @property
    def agent_url(self) -> str | None:
        """The address of the agent that makes the turns, where it is behind one."""
        named = self.model.removeprefix(AGENT) if self.asks_agent else ""
        table = self.agents.get(named)
        url = named if table is None else table.url
        return url if url and url.startswith(("http://", "https://")) else None

    @property
    def asks_openai(self) -> bool:
        """Whether the model is asked at OpenAI itself, whose prices are known."""
        elsewhere = self.environ.get("OPENAI_BASE_URL") or "openai" in self.providers
        return self.model.startswith("openai:") and not elsewhere

    @property
    def profiles(self) -> dict[str, str]:
        """The profiles of the file, each with its model; '' where it names none."""
        return {name: profile.model or "" for name, profile in _table(self.file, "profiles").items()}

    def with_profile(self, name: str) -> "Settings":
        """These settings with another profile, whose model comes before any other. Blocks.

        Raises:
            UsageError: there is no such profile any more.
        """
        if self.reload is None:
            raise UsageError(f"there is no [profiles.{name}]")
        other = self.reload(profile=name)
        return replace(other, model=other.profiles[name] or self.model)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What of the file was not taken, and what of the environment sets nothing."""
        return (*self.file.problems, *unknown_variables(self.environ, self.file.text))

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str],
        *,
        model: str | None = None,
        agent: str | None = None,
        profile: str | None = None,
        tools: tuple[str, ...] = (),
        mcp: tuple[str, ...] = (),
        use_tools: bool = True,
        system: str | None = None,
        temperature: float | None = None,
        data_dir: str | None = None,
        allow: tuple[str, ...] = (),
    ) -> "Settings":
        """The settings that the arguments, `environ` and the file make. Blocks while it reads the file.

        Raises:
            UsageError: an argument or a variable has a value that cannot be used.
        """
        if model is not None and agent is not None:
            raise UsageError("--model and --agent exclude each other: an agent brings its own model")
        asked = ("--model", model) if agent is None else ("--agent", f"{AGENT}{agent}")
        file = read_settings(settings_path(environ))
        chosen = _Choice(file, environ, profile)
        default_model = "offline"
        if environ.get("OPENAI_BASE_URL") or environ.get("OPENAI_API_KEY"):
            default_model = _DEFAULT_OPENAI_MODEL
        folder = data_dir or environ.get("TICKERTAPE_DATA_DIR")
        ascii_variable = environ.get("TICKERTAPE_ASCII", "")
        return cls(
            model=chosen.take("model", default_model, asked, "TICKERTAPE_MODEL"),
            profile=chosen.profile_name,
            tools=tuple(dict.fromkeys((*chosen.take("tools.load", ()), *tools))),
            use_tools=use_tools,
            mcp=_servers(file, mcp),
            named_tools=tools,
            named_mcp=mcp,
            agents=_table(file, "agents"),
            serve_token=environ.get("TICKERTAPE_SERVE_TOKEN") or environ.get(chosen.take("serve.key_env", "")) or None,
            serve_origins=tuple(chosen.take("serve.origins", ())),
            system=chosen.take("system", None, ("--system", system)),
            temperature=chosen.take("temperature", None, ("--temperature", temperature)),
            data_dir=(Path(folder).expanduser() if folder else _default_data_dir()).absolute(),
            offline_rate=_number(environ, "TICKERTAPE_OFFLINE_RATE"),
            max_iterations=max(1, int(chosen.number("max_iterations", 10, "TICKERTAPE_MAX_ITERATIONS"))),
            first_token_timeout=chosen.number("first_token_timeout", 300.0, "TICKERTAPE_FIRST_TOKEN_TIMEOUT") or 300.0,
            chunk_timeout=chosen.number("chunk_timeout", 60.0, "TICKERTAPE_CHUNK_TIMEOUT") or 60.0,
            past=chosen.take("context.past", "whole"),
            window=chosen.take("context.window", None),
            permissions=chosen.permissions(allow),
            providers=_table(file, "providers"),
            environ=environ,
            fold=_fold(chosen.take("screen.fold", "smart", None, "TICKERTAPE_FOLD")),
            ascii=chosen.take(
                "screen.ascii", False, ("TICKERTAPE_ASCII", ascii_variable != "0" if ascii_variable else None)
            ),
            theme=chosen.take("screen.theme", None),
            themes=_table(file, "themes"),
            follow=chosen.take("screen.follow", True),
            mouse=chosen.take("screen.mouse", True),
            bell=chosen.take("screen.bell", "bell"),
            terminal_title=chosen.take("screen.title", True),
            reduced_motion=chosen.take("screen.motion", "full") == "reduced",
            iso_dates=chosen.take("screen.dates", "short") == "iso",
            words_a_minute=chosen.take("replay.words", None),
            keys=_table(file, "keys"),
            file=file,
            origins=chosen.origins,
            reload=partial(
                cls.load,
                environ,
                model=model,
                agent=agent,
                profile=profile,
                tools=tools,
                mcp=mcp,
                use_tools=use_tools,
                system=system,
                temperature=temperature,
                data_dir=data_dir,
                allow=allow,
            ),
        )


def _servers(file: SettingsFile, named: tuple[str, ...]) -> "dict[str, Mcp]":
    """The MCP servers of the file that are enabled, and those that are named.

    Raises:
        UsageError: one is named that the file does not have.
    """
    known = _table(file, "mcp")
    for name in named:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise UsageError(f"--mcp {name}: there is no [mcp.{name}] in {file.path}; {has}")
    return {name: server for name, server in known.items() if name in named or server.enabled is not False}


class _Choice:
    """Takes each setting from the first place that says anything of it, and notes which that was."""

    def __init__(self, file: SettingsFile, environ: Mapping[str, str], profile: str | None) -> None:
        """`profile` is the argument's.

        Raises:
            UsageError: there is no such profile.
        """
        self.origins: dict[str, tuple[Any, str]] = {}
        self._file = file
        self._environ = environ
        self._layers: list[tuple[str, Document | Profile]] = [] if file.read is None else [(file.path.name, file.read)]
        self.profile_name: str | None = self.take("profile", None, ("--profile", profile), "TICKERTAPE_PROFILE")
        if self.profile_name is not None:
            profiles = _table(file, "profiles")
            if self.profile_name not in profiles:
                known = f"it has {', '.join(profiles)}" if profiles else "it has no profiles"
                raise UsageError(f"there is no [profiles.{self.profile_name}] in {file.path}; {known}")
            self._layers.insert(0, (f"profile {self.profile_name}", profiles[self.profile_name]))

    def take(self, name: str, default: T, argument: tuple[str, Any] | None = None, variable: str = "") -> T:
        """The value of a setting, `TABLE.KEY` or `KEY`; `argument` is the option's name and what was given there."""
        value, origin = self._first(name, argument, variable) or (default, "default")
        self.origins[name] = value, origin
        return cast("T", value)

    def _first(self, name: str, argument: tuple[str, Any] | None, variable: str) -> tuple[Any, str] | None:
        if argument is not None and argument[1] is not None:
            return argument[1], argument[0]
        if variable and (text := self._environ.get(variable)):
            return text, variable
        for origin, layer in self._layers:
            if (value := _value(layer, name)) is not None:
                return value, origin
        return None

    def number(self, name: str, default: float, variable: str) -> float:
        """A setting that is a number."""
        return self.take(name, default, (variable, _number(self._environ, variable)))

    def permissions(self, allow: Iterable[str]) -> Permissions:
        """The rules of profile and file, and those that the command line allows.

        Raises:
            UsageError: one of `allow` is no rule.
        """
        try:
            given = tuple(Rule.parse(text) for text in allow)
        except RuleError as error:
            raise UsageError(f"--allow: {error}") from error
        rules = {
            kind: tuple(
                Rule.parse(text) for _, layer in self._layers for text in _value(layer, f"permissions.{kind}") or ()
            )
            for kind in ("deny", "ask", "allow")
        }
        if not self._file.is_trusted:
            rules["allow"] = ()
        for kind, of_kind in rules.items():
            self.origins[f"permissions.{kind}"] = [rule.text for rule in of_kind], self._file.path.name
        stops = [text for _, layer in self._layers for text in _value(layer, "breakpoints.stop") or ()]
        self.origins["breakpoints.stop"] = stops, self._file.path.name
        return Permissions(given=given, breakpoints=_breakpoints(stops), **rules)


def _breakpoints(texts: Sequence[str]) -> "tuple[Breakpoint, ...]":
    if not texts:
        return ()
    from agent.settings.breakpoints import Breakpoint  # most starts have none, and the first frame waits for no more

    return tuple(Breakpoint.parse(text) for text in texts)


def _value(layer: "Document | Profile", name: str) -> Any:
    """What is written there; None where nothing is, for TOML has no such value."""
    from msgspec import UNSET  # it is there where a file was read

    value: Any = layer
    for part in name.split("."):
        value = getattr(value, part, None)
    return None if value is UNSET else value


def _table(file: SettingsFile, name: str) -> dict[str, Any]:
    """A table of the file whose keys are names of the user's; empty where it is not written."""
    return {} if file.read is None else getattr(file.read, name) or {}


def _default_data_dir() -> Path:
    import platformdirs  # not where the folder is named: it takes 10 ms of the start

    return Path(platformdirs.user_data_dir("tickertape"))


def _fold(policy: str) -> Fold:
    match policy:
        case "smart" | "all" | "none":
            return policy
        case other:
            raise UsageError(f"TICKERTAPE_FOLD={other}: smart, all or none is needed")


def _number(environ: Mapping[str, str], name: str) -> float | None:
    text = environ.get(name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"{name}={text}: a number is needed") from error
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name}={text}: a number of 0 or more is needed")
    return value
