"""Builds the model that a specification names. Each provider's package is imported only when it is asked for.

offline          the built-in arithmetic model: no key, no network
openai:NAME      any server that speaks OpenAI's protocol
PROVIDER:NAME    any other provider that LangChain knows, where its package is installed
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["build_model"]


def build_model(
    spec: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    offline_rate: float | None = None,
) -> "BaseChatModel":
    """The chat model of `spec`; `base_url`, `api_key` and `headers` are for `openai:` models, `offline_rate` (fragments
    per second, 0 without a pause, None as it comes) for the offline one.

    Raises:
        ModelUnavailable: the specification is malformed, or what the model needs is not installed or not set.
    """
    provider, colon, name = spec.partition(":")
    if spec == "offline":
        from agent.sources.models.arithmetic.model import ArithmeticChatModel

        offline = ArithmeticChatModel()
        if offline_rate is not None:
            offline.fragments_per_second = offline_rate or None
        return offline
    if not colon or not provider or not name:
        raise ModelUnavailable(f"--model {spec}: name it as PROVIDER:NAME, for example openai:gpt-4o-mini, or offline")
    if provider == "openai":
        if not base_url and not api_key:
            raise ModelUnavailable(f"--model {spec}: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
        from agent.sources.models.openai import OpenAIChat

        # A server of one's own often needs no key, but the client insists on one.
        return OpenAIChat(model=name, base_url=base_url, api_key=api_key or "none", headers=dict(headers or {}))
    return _other_provider(spec, provider)


def _other_provider(spec: str, provider: str) -> "BaseChatModel":
    try:
        init_chat_model = importlib.import_module("langchain.chat_models").init_chat_model
    except ImportError as error:
        raise ModelUnavailable(
            f"--model {spec}: pip install langchain langchain-{provider} to use this provider"
        ) from error
    try:
        model: BaseChatModel = init_chat_model(spec)
    except ImportError as error:
        raise ModelUnavailable(f"--model {spec}: pip install langchain-{provider} to use this provider") from error
    except Exception as error:  # providers raise all kinds of errors for a missing key or an unknown name
        raise ModelUnavailable(f"--model {spec}: {' '.join(str(error).split())}") from error
    return model
