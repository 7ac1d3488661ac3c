"""Where a model is asked, and with which key: the providers of the settings and the environment. Asks no server.

A key comes from the environment, else from the system's keyring (service `tickertape`, the provider's name as the
user), and goes nowhere but into the requests to its own provider.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.errors import ModelUnavailable, UsageError
from agent.settings.headers import filled_headers

if TYPE_CHECKING:
    from agent.settings.file.tables import Provider

__all__ = ["Endpoint", "endpoint_of", "find_key"]

log = logging.getLogger(__name__)

_SERVICE = "tickertape"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a model is asked, and as whom."""

    spec: str
    """What `build_model` is to build: `openai:NAME` for all that speaks OpenAI's protocol."""
    base_url: str | None = None
    """None is the provider's own."""
    api_key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def endpoint_of(spec: str, providers: "Mapping[str, Provider]", environ: Mapping[str, str]) -> Endpoint:
    """Where the model of `spec` is asked. Blocks where the keyring is asked.

    Raises:
        ModelUnavailable: what its provider needs is not set; the message says what.
    """
    name, _, model = spec.partition(":")
    provider = providers.get(name.removesuffix("-responses"))
    if name in ("openai", "openai-responses"):  # two ways to one server
        name = "openai"
        return Endpoint(
            spec=spec,
            base_url=environ.get("OPENAI_BASE_URL") or (provider.base_url if provider else None),
            api_key=find_key(name, provider, environ),
            headers=_headers(name, provider, environ),
        )
    if provider is None:
        return Endpoint(spec=spec)
    if not model:
        raise ModelUnavailable(f"{spec}: name one of the models of {name}, as {name}:NAME")
    key = find_key(name, provider, environ)
    if key is None and provider.key_env:
        raise ModelUnavailable(f"{spec}: set {provider.key_env}, which [providers.{name}] names for its key")
    return Endpoint(
        spec=f"openai:{model}", base_url=provider.base_url, api_key=key, headers=_headers(name, provider, environ)
    )


def find_key(name: str, provider: "Provider | None", environ: Mapping[str, str]) -> str | None:
    """The key of a provider, from its environment variable, else from the keyring; None where neither has one.

    Blocks: a keyring may ask its owner.
    """
    variable = provider.key_env if provider is not None and provider.key_env else None
    if variable is None and name == "openai":
        variable = "OPENAI_API_KEY"
    if variable is not None and (key := environ.get(variable)):
        return key
    return _from_keyring(name) if provider is not None else None


def _from_keyring(name: str) -> str | None:
    try:
        import keyring  # optional: the extra `keyring`
    except ImportError:
        return None
    try:
        return keyring.get_password(_SERVICE, name) or None
    except Exception as error:  # each backend raises what it likes: locked, no service, no permission
        log.info("the keyring gave no key for %s: %s", name, type(error).__name__)
        return None


def _headers(name: str, provider: "Provider | None", environ: Mapping[str, str]) -> dict[str, str]:
    """A provider's headers, filled.

    Raises:
        ModelUnavailable: a variable that they name is not set.
    """
    if provider is None or not provider.headers:
        return {}
    try:
        return filled_headers(provider.headers, environ, table=f"providers.{name}")
    except UsageError as error:
        raise ModelUnavailable(str(error)) from error
