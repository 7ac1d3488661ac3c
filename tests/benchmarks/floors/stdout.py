"""The least that an answer costs with LangChain: `ChatOpenAI` to standard output.

Asks each argument in turn and then stays, so that its memory can be read, until it is killed.
"""

import asyncio
import sys

from langchain_openai import ChatOpenAI

__all__ = ["answer"]


async def answer(questions: list[str]) -> None:
    """Write the answers as they come."""
    model = ChatOpenAI(model="bench")
    for question in questions:
        async for chunk in model.astream(question):
            sys.stdout.write(str(chunk.text))
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(answer(sys.argv[1:]))
    sys.stdin.read()
