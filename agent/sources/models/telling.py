"""A model's reply as it streams: each chunk is told as it comes, and none of them is kept.

LangChain's `astream` keeps every chunk to the end of the reply, about two kilobytes a token, and takes each through
its callbacks. Here what stands between is the model's own `_astream`; LangChain is given the chunks joined, many in
one, so that its tracers still see the whole reply.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.runnables.base import RunnableBindingBase
from pydantic import SkipValidation

__all__ = ["Tell", "telling"]

Tell = Callable[[ChatGenerationChunk], Awaitable[None]]
"""Takes the next chunk; the model waits for it."""
_JOINED = 64
"""Chunks that LangChain is given as one."""


def telling(model: Runnable[Any, Any], tell: Tell) -> Runnable[Any, Any] | None:
    """`model`, told chunk by chunk to `tell` while its `astream` is gone through.

    None where it is not plain how its chunks come: in fallbacks, without streaming, with an `astream` of its own.
    """
    if isinstance(model, RunnableBindingBase) and type(model).astream is RunnableBindingBase.astream:
        inner = telling(model.bound, tell)
        return None if inner is None else model.model_copy(update={"bound": inner})
    if not isinstance(model, BaseChatModel) or type(model).astream is not BaseChatModel.astream:
        return None
    if type(model)._astream is BaseChatModel._astream or model.disable_streaming or model.output_version == "v1":
        return None
    shared = {name: getattr(model, name) for name in BaseChatModel.model_fields}
    return _Told(**{**shared, "name": model.get_name(), "inner": model, "tell": tell})


class _Told(BaseChatModel):
    """A model as LangChain sees it, and its chunks as they come."""

    inner: SkipValidation[BaseChatModel]
    tell: SkipValidation[Tell]

    @property
    def _llm_type(self) -> str:
        return self.inner._llm_type

    @property
    def _identifying_params(self) -> Any:
        return self.inner._identifying_params

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return self.inner._get_ls_params(stop=stop, **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        waiting: list[ChatGenerationChunk] = []
        most = 1  # the first by itself: whoever traces wants to know when it came
        async for chunk in self.inner._astream(messages, stop=stop, **kwargs):
            await self.tell(chunk)
            waiting.append(chunk)
            if len(waiting) >= most:
                yield _joined(waiting)
                waiting, most = [], _JOINED
        if waiting:
            yield _joined(waiting)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self.inner._generate(messages, stop, run_manager, **kwargs)


def _joined(chunks: list[ChatGenerationChunk]) -> ChatGenerationChunk:
    first, *others = chunks
    return first + others if others else first
