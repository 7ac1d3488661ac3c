"""Builds the model that a specification names. Each provider's package is imported only when it is asked for.

offline          the built-in arithmetic model: no key, no network
openai:NAME      any server that speaks OpenAI's Chat Completions
openai-responses:NAME  OpenAI's Responses API, by LangChain's own client
PROVIDER:NAME    any other provider that LangChain knows, where its package is installed
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["build_model"]


_ATTEMPTS = {"anthropic": 0, "deepseek": 0, "groq": 0, "mistralai": 1, "google_genai": 1}
"""What makes a provider's client try once: retries are the executor's, which tells them. Some count the first try."""


def build_model(
    spec: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
    temperature: float | None = None,
    offline_rate: float | None = None,
) -> "BaseChatModel":
    """The chat model of `spec`.

    `base_url`, `api_key` and `headers` are for the `openai` models; `temperature` is sent only where it is set;
    `offline_rate` (fragments per second, 0 without a pause, None as it comes) is for the offline model.

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
    if provider not in ("openai", "openai-responses"):
        return _other_provider(spec, provider, temperature)
    if not base_url and not api_key:
        raise ModelUnavailable(f"--model {spec}: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
    from pydantic import SecretStr

    # A server of one's own often needs no key.
    key = SecretStr(api_key or "none")
    if provider == "openai":
        from agent.sources.models.openai.model import OPENAI_URL, OpenAIChat

        return OpenAIChat(
            model=name,
            base_url=base_url or OPENAI_URL,
            api_key=key,
            headers=dict(headers or {}),
            temperature=temperature,
        )
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=name,
        base_url=base_url,
        api_key=key,
        default_headers=headers,
        temperature=temperature,
        use_responses_api=True,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=None,
        timeout=None,
    )


def _other_provider(spec: str, provider: str, temperature: float | None) -> "BaseChatModel":
    options: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    if provider in _ATTEMPTS:
        options["max_retries"] = _ATTEMPTS[provider]
    try:
        if provider == "deepseek":
            return _deepseek(spec, options)
        init_chat_model = importlib.import_module("langchain.chat_models").init_chat_model
    except ImportError as error:
        raise ModelUnavailable(
            f"--model {spec}: pip install langchain langchain-{provider} to use this provider"
        ) from error
    try:
        model: BaseChatModel = init_chat_model(spec, **options)
    except ImportError as error:
        raise ModelUnavailable(f"--model {spec}: pip install langchain-{provider} to use this provider") from error
    except Exception as error:  # providers raise all kinds of errors for a missing key or an unknown name
        raise ModelUnavailable(f"--model {spec}: {' '.join(str(error).split())}") from error
    return model


def _deepseek(spec: str, options: dict[str, Any]) -> "BaseChatModel":
    from agent.sources.models.deepseek import DeepSeekChat

    try:
        return DeepSeekChat(model=spec.partition(":")[2], **options)
    except Exception as error:  # a missing key
        raise ModelUnavailable(f"--model {spec}: {' '.join(str(error).split())}") from error
