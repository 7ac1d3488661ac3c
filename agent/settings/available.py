"""Which models can be used with these settings, and why not where they cannot. Builds none of them.

To look at the settings asks no server; a provider's own list is asked for only where somebody wants it.
"""

import importlib.util
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import IO, Any

from agent.errors import ModelUnavailable
from agent.secrets import Secrets
from agent.settings.providers import Endpoint, endpoint_of, find_key
from agent.settings.settings import Settings
from agent.specs import AGENT
from agent.text import visible

__all__ = ["ListedModel", "ModelSource", "list_models", "model_sources"]

_TIMEOUT = 5.0
"""Seconds; somebody waits in front of the list."""
_MOST_PIECES = 5_000
"""Reads of 64 kB at most; a list of half a million bytes, as OpenRouter's, takes some dozens."""
_OPENAI = "https://api.openai.com/v1"

_NO_OPENAI = "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"

_OTHERS = {
    "anthropic": ("ANTHROPIC_API_KEY", "langchain-anthropic"),
    "google_genai": ("GOOGLE_API_KEY", "langchain-google-genai"),
    "mistralai": ("MISTRAL_API_KEY", "langchain-mistralai"),
    "groq": ("GROQ_API_KEY", "langchain-groq"),
    "deepseek": ("DEEPSEEK_API_KEY", "langchain-deepseek"),
    "xai": ("XAI_API_KEY", "langchain-xai"),
    "cohere": ("COHERE_API_KEY", "langchain-cohere"),
    "fireworks": ("FIREWORKS_API_KEY", "langchain-fireworks"),
    "together": ("TOGETHER_API_KEY", "langchain-together"),
    "openrouter": ("OPENROUTER_API_KEY", "langchain-openrouter"),
}
"""LangChain's names of providers, their variables and packages
(https://docs.langchain.com/oss/python/integrations/providers)."""


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """Where models come from: the offline one, or a provider."""

    name: str
    """As it stands before the colon of a model."""
    origin: str
    """Why it is listed: `built in`, `settings`, or the variable that was found."""
    problem: str | None = None
    """Why its models cannot be used, and what to do; None where they can."""
    can_list: bool = False
    """Whether its models can be asked for."""


@dataclass(frozen=True, kw_only=True)
class ListedModel:
    """A model that a provider says it has."""

    spec: str
    """As `--model` takes it."""
    window: int | None = None
    """Tokens that it takes, where the provider says so."""


def model_sources(settings: Settings) -> list[ModelSource]:
    """All that there is, what can be used first. May ask the keyring, so it blocks."""
    found = [
        ModelSource(name="offline", origin="built in"),
        *_configured(settings),
        *_in_environment(settings),
        *_agents(settings),
    ]
    return sorted(found, key=lambda source: source.problem is not None)


def _agents(settings: Settings) -> Iterator[ModelSource]:
    """The agents of the settings; whether one answers, only asking it tells."""
    for name, table in settings.agents.items():
        missing = table.key_env if table.key_env and not settings.environ.get(table.key_env) else None
        origin = table.url or table.graph or ""
        yield ModelSource(
            name=f"{AGENT}{name}",
            origin=Secrets().hidden(origin),
            problem=f"set {missing}, which [agents.{name}] names for its token" if missing else None,
        )


def _configured(settings: Settings) -> Iterator[ModelSource]:
    for name in settings.providers:
        if name == "openai":
            continue
        try:
            endpoint_of(f"{name}:x", settings.providers, settings.environ)
        except ModelUnavailable as error:
            yield ModelSource(name=name, origin="settings", problem=str(error).removeprefix(f"{name}:x: "))
        else:
            yield ModelSource(name=name, origin="settings", can_list=True)


def _in_environment(settings: Settings) -> Iterator[ModelSource]:
    environ = settings.environ
    openai = settings.providers.get("openai")
    found = [name for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY") if environ.get(name)]
    if found or (openai is not None and find_key("openai", openai, environ)):
        yield ModelSource(name="openai", origin=found[0] if found else "settings", can_list=True)
    else:
        yield ModelSource(name="openai", origin="built in", problem=_NO_OPENAI)
    for name, (variable, package) in _OTHERS.items():
        if name in settings.providers:
            continue
        missing = [
            package for package in ("langchain", package) if importlib.util.find_spec(package.replace("-", "_")) is None
        ]
        needs = [f"set {variable}"] if not environ.get(variable) else []
        needs += [f"pip install {' '.join(missing)}"] if missing else []
        if environ.get(variable) or not missing:  # else nobody meant to use it
            yield ModelSource(
                name=name, origin=variable if environ.get(variable) else package, problem=", ".join(needs) or None
            )


def list_models(settings: Settings, source: str) -> list[ListedModel]:
    """The models that a source has now, by name; asks its server where it has one. Blocks for five seconds at most.

    Raises:
        ModelUnavailable: it cannot be asked, or did not answer with a list; the message says why.
    """
    if source == "offline":
        return [ListedModel(spec="offline")]
    endpoint = endpoint_of(f"{source}:x", settings.providers, settings.environ)
    if not endpoint.spec.startswith("openai:"):
        raise ModelUnavailable(f"{source}: there is no list to ask for; name the model as {source}:NAME")
    if endpoint.base_url is None and endpoint.api_key is None:
        raise ModelUnavailable(f"{source}: {_NO_OPENAI}")
    answer = _ask(source, endpoint)
    # OpenAI's shape (https://platform.openai.com/docs/api-reference/models/list); some give the list itself.
    entries = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(entries, list):
        raise ModelUnavailable(f"{source}: {endpoint.base_url or _OPENAI}/models gave no list of models")
    models = {
        entry["id"]: ListedModel(spec=f"{source}:{visible(entry['id'])}", window=_window(entry))
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"]
    }
    return [models[name] for name in sorted(models, key=str.lower)]


def _ask(source: str, endpoint: Endpoint) -> Any:
    url = f"{(endpoint.base_url or _OPENAI).rstrip('/')}/models"
    headers = {"Accept": "application/json", "User-Agent": "tickertape", **endpoint.headers}
    if endpoint.api_key:
        headers.setdefault("Authorization", f"Bearer {endpoint.api_key}")
    if not url.startswith(("http://", "https://")):
        raise ModelUnavailable(f"{source}: {url} is no address; it begins with http:// or https://")
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT) as answer:  # noqa: S310 - looked at above
            return json.loads(_read(answer))
    except urllib.error.HTTPError as error:
        error.close()
        reason = {401: "the key is refused", 403: "the key is refused", 404: "it has no list of models"}.get(error.code)
        raise ModelUnavailable(f"{source}: {reason or f'{url} answered {error.code}'}") from error
    except TimeoutError as error:
        raise ModelUnavailable(f"{source}: {url} did not answer within {_TIMEOUT:g} s") from error
    except (OSError, ValueError, RecursionError) as error:  # nobody listens there, no JSON, no such host
        cause = getattr(error, "reason", None) or error
        words = str(getattr(cause, "strerror", "") or cause)
        if isinstance(error, ValueError):
            words = "is no list of models"
        raise ModelUnavailable(f"{source}: {url}: {visible(words)}") from error


def _read(answer: IO[bytes]) -> bytes:
    """The whole body, of a server that takes its time, too, but not for ever."""
    deadline = monotonic() + _TIMEOUT
    pieces: list[bytes] = []
    while piece := answer.read1(65_536):  # type: ignore[attr-defined]  # an `HTTPResponse`; the opener's type is wider
        pieces.append(piece)
        if monotonic() > deadline or len(pieces) > _MOST_PIECES:
            raise TimeoutError
    return b"".join(pieces)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A key goes to the server that it is for, wherever that one points to."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_WINDOWS = ("context_length", "max_model_len", "max_context_length", "context_window", "max_input_tokens")
"""What OpenRouter, vLLM, Mistral and LM Studio, Groq, and LiteLLM call it."""


def _window(entry: dict[str, Any]) -> int | None:
    values = (entry.get(name) for name in _WINDOWS)
    return next((value for value in values if type(value) is int and value > 0), None)
