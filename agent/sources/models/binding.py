"""Gives a model its tools, through whatever stands around it: retries, fallbacks, a prompt before it.

LangChain lets these be made of a model and then forgets that it had `bind_tools`.
"""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableSequence
from langchain_core.runnables.base import RunnableBindingBase
from langchain_core.runnables.fallbacks import RunnableWithFallbacks
from langchain_core.tools import BaseTool

__all__ = ["with_tools"]


def with_tools(model: Runnable[Any, Any], tools: Sequence[BaseTool], **arguments: Any) -> Runnable[Any, AIMessage]:
    """`model` with `tools` and other `arguments` of its `bind_tools` bound.

    Raises:
        AttributeError: there is no model that takes tools.
    """
    if isinstance(model, RunnableWithFallbacks):
        fallbacks = [with_tools(one, tools, **arguments) for one in model.fallbacks]
        bound = with_tools(model.runnable, tools, **arguments)
        return model.model_copy(update={"runnable": bound, "fallbacks": fallbacks})
    if isinstance(model, RunnableBindingBase):
        return model.model_copy(update={"bound": with_tools(model.bound, tools, **arguments)})
    if isinstance(model, RunnableSequence):
        return model.model_copy(update={"last": with_tools(model.last, tools, **arguments)})
    bind: Any = model.bind_tools  # type: ignore[attr-defined]  # of chat models alone
    bound_model: Runnable[Any, AIMessage] = bind(list(tools), **arguments)
    return bound_model
