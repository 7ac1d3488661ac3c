"""An agent whose model says what the question has it say, so that a process that knows no test can be told a talk."""

import json
from collections.abc import AsyncIterator
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langgraph.checkpoint.memory import InMemorySaver

from tests.agent.scripted import ScriptedModel, finish, texts
from tests.agent.serving.talks import USAGE, Talk, add, mail

__all__ = ["graph", "question_of"]


def question_of(talk: Talk) -> str:
    """The question that has it say what the model of `talk` says."""
    return json.dumps([talk.replies, talk.answer])


class _Following(ScriptedModel):
    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        if isinstance(messages[-1], HumanMessage):
            replies, answer = json.loads(messages[-1].text)
            talk = Talk(replies, answer, [])
            self.replies = talk.model(lambda answer: [*texts(*answer), finish(usage=USAGE)]).replies
        async for chunk in super()._astream(messages, *args, **kwargs):
            yield chunk


graph = create_agent(
    _Following(replies=[]),
    [add, mail],
    middleware=[HumanInTheLoopMiddleware(interrupt_on={"mail": True})],
    checkpointer=InMemorySaver(),
)
