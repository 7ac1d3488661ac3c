"""What the user set, frozen: from arguments first, the environment second, built-in defaults last.

Read once, in `main`. It judges what can be judged without importing a model or a tool.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.errors import UsageError

__all__ = ["Settings"]

_DEFAULT_OPENAI_MODEL = "openai:gpt-4o-mini"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that can be set."""

    model: str
    """`offline`, `openai:NAME` or `PROVIDER:NAME`."""
    tools: tuple[str, ...] = ()
    """A user's tools, each `MODULE:NAME`."""
    use_tools: bool = True
    """False is a plain chat."""
    system: str | None = None
    """The system prompt, instead of the built-in persona."""
    data_dir: Path
    """Holds the sessions and the log."""
    base_url: str | None = None
    api_key: str | None = None
    offline_rate: float | None = None
    """Fragments per second of the offline model; None leaves it at its default, 0 means no pause."""
    max_iterations: int = 10
    """Steps that a turn may take."""
    first_token_timeout: float = 300.0
    """Seconds."""
    chunk_timeout: float = 60.0
    """Seconds between two chunks of the model."""
    fold: Literal["smart", "all", "none"] = "smart"
    """What of the steps is folded: `smart` folds what is over and went well, `all` everything, `none` nothing."""
    ascii: bool = False
    """Draw with ASCII signs only."""

    @property
    def log_path(self) -> Path:
        """The log file that errors name."""
        return self.data_dir / "tickertape.log"

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str],
        *,
        model: str | None = None,
        tools: tuple[str, ...] = (),
        use_tools: bool = True,
        system: str | None = None,
        data_dir: str | None = None,
    ) -> "Settings":
        """The settings that `environ` and the arguments make.

        Raises:
            UsageError: a value cannot be used.
        """
        base_url = environ.get("OPENAI_BASE_URL") or None
        api_key = environ.get("OPENAI_API_KEY") or None
        default_model = _DEFAULT_OPENAI_MODEL if base_url or api_key else "offline"
        folder = data_dir or environ.get("TICKERTAPE_DATA_DIR")
        return cls(
            model=model or environ.get("TICKERTAPE_MODEL") or default_model,
            tools=tools,
            use_tools=use_tools,
            system=system,
            data_dir=Path(folder).expanduser() if folder else _default_data_dir(),
            base_url=base_url,
            api_key=api_key,
            offline_rate=_number(environ, "TICKERTAPE_OFFLINE_RATE", None),
            max_iterations=max(int(_number(environ, "TICKERTAPE_MAX_ITERATIONS", 10) or 1), 1),
            first_token_timeout=_number(environ, "TICKERTAPE_FIRST_TOKEN_TIMEOUT", 300.0) or 300.0,
            chunk_timeout=_number(environ, "TICKERTAPE_CHUNK_TIMEOUT", 60.0) or 60.0,
            fold=_fold(environ),
            ascii=environ.get("TICKERTAPE_ASCII", "") not in ("", "0"),
        )


def _default_data_dir() -> Path:
    import platformdirs  # not where the folder is named: it takes 10 ms of the start

    return Path(platformdirs.user_data_dir("tickertape"))


def _fold(environ: Mapping[str, str]) -> Literal["smart", "all", "none"]:
    match environ.get("TICKERTAPE_FOLD") or "smart":
        case "smart" | "all" | "none" as policy:
            return policy
        case other:
            raise UsageError(f"TICKERTAPE_FOLD={other}: smart, all or none is needed")


def _number(environ: Mapping[str, str], name: str, default: float | None) -> float | None:
    text = environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"{name}={text}: a number is needed") from error
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name}={text}: a number of 0 or more is needed")
    return value
