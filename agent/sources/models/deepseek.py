"""DeepSeek by LangChain's client, with what its thinking models want back.

A message with calls is refused without the `reasoning_content` that it came with
(https://api-docs.deepseek.com/guides/thinking_mode); the client keeps it and does not send it.
"""

from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_deepseek import ChatDeepSeek

__all__ = ["DeepSeekChat"]


class DeepSeekChat(ChatDeepSeek):
    """`ChatDeepSeek` that gives reasoning back."""

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        messages = self._convert_input(input_).to_messages()
        for message, sent in zip(messages, payload["messages"], strict=True):
            reasoning = message.additional_kwargs.get("reasoning_content")
            if isinstance(message, AIMessage) and isinstance(reasoning, str) and reasoning:
                sent["reasoning_content"] = reasoning
        return payload
