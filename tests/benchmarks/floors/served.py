"""`python -m tests.benchmarks.floors.served WORDS PORT`: the executor over a model that says so many words, served.

With 0 for the port it answers once itself, with no wire, and prints the seconds that took.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from agent.serving.app import application
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.sources.executor.loop import AgentExecutor
from agent.sources.source import Source
from tests.agent.scripted import ScriptedModel


class _Chatty(ScriptedModel):
    """Says as many words as fast as it is let."""

    words: int

    async def _astream(self, *args: Any, **kwargs: Any) -> Any:
        for number in range(self.words):
            yield ChatGenerationChunk(message=AIMessageChunk(content="word "))
            if number % 100 == 0:
                await asyncio.sleep(0)
        end = AIMessageChunk(content="", response_metadata={"finish_reason": "stop"})
        yield ChatGenerationChunk(message=end)


def _executor(words: int) -> AgentExecutor:
    return AgentExecutor(_Chatty(replies=[], words=words), [])


async def _bare(words: int) -> float:
    began = time.perf_counter()
    async with _executor(words).stream("q") as run:
        async for _event in run:
            pass
    return time.perf_counter() - began


def main() -> None:
    words, port = int(sys.argv[1]), int(sys.argv[2])
    if not port:
        sys.stdout.write(f"{asyncio.run(_bare(words)):.6f}\n")
        return
    source = _executor(words)

    class _Ready(Engine):
        async def load(self) -> Source:
            return source

    engine = _Ready(Settings(model="chatty", data_dir=Path("/nowhere")))
    uvicorn.run(application(engine), port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
