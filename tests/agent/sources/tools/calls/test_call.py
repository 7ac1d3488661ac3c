"""One call of one tool: whatever it does ends as a result, and it gets no argument that is not the model's."""

import asyncio
import contextlib
import contextvars
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Annotated, Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import (
    BaseTool,
    InjectedToolArg,
    InjectedToolCallId,
    StructuredTool,
    Tool,
    ToolException,
    tool,
)
from pydantic import BaseModel
from pydantic.v1 import BaseModel as BaseModelV1

from agent.sources.tools.calls.call import RunnableTool
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.calls.results import ToolResult


async def called(a_tool: BaseTool, **arguments: Any) -> ToolResult:
    """What a call with these arguments gives."""
    async with asyncio.timeout(30):
        return await RunnableTool(a_tool, ToolLoop()).call(arguments, "call_7")


def made(function: Any, **fields: Any) -> BaseTool:
    """A tool of a function."""
    return StructuredTool.from_function(function, description="For a test.", **fields)


# What comes out


async def _leaves() -> str:
    sys.exit(3)


async def _leaves_in_a_group() -> str:
    async with asyncio.TaskGroup() as group:
        group.create_task(_leaves())
    return "never"


async def _cancels_itself() -> str:
    raise asyncio.CancelledError


async def _runs_a_loop() -> Any:
    rest = asyncio.sleep(0)
    try:
        return asyncio.run(rest)
    finally:
        rest.close()


def _stops() -> str:
    raise StopIteration


@pytest.mark.filterwarnings("ignore:coroutine 'sleep' was never awaited")
@pytest.mark.parametrize(
    ("tool_of", "words"),
    [
        ({"coroutine": _leaves}, "SystemExit: 3"),
        ({"coroutine": _leaves_in_a_group}, "SystemExit: 3"),
        ({"coroutine": _cancels_itself}, "CancelledError"),
        ({"coroutine": _runs_a_loop}, "RuntimeError: asyncio.run() cannot be called"),
        ({"func": _stops}, "StopIteration"),
        ({"func": lambda: sys.exit("bye")}, "SystemExit: bye"),
    ],
)
async def test_whatever_is_raised_is_a_failed_result(tool_of: dict[str, Any], words: str) -> None:
    result = await called(StructuredTool.from_function(name="raises", description="For a test.", **tool_of))
    assert result.failed
    assert result.text.startswith(words)


async def test_a_loop_outlives_what_its_tasks_raise() -> None:
    left: list[asyncio.Task[str]] = []

    async def leaves_a_task() -> str:
        left.append(asyncio.create_task(_leaves()))
        await asyncio.sleep(0.01)
        return "went on"

    loop = ToolLoop()
    runnable = RunnableTool(StructuredTool.from_function(coroutine=leaves_a_task, description="x"), loop)
    assert [(await runnable.call({}, "1")).text, (await runnable.call({}, "2")).text] == ["went on", "went on"]
    assert {type(task.exception()) for task in left} == {SystemExit}


def _counts() -> Iterator[int]:
    yield 1
    yield 2


def _breaks_half_way() -> Iterator[int]:
    yield 1
    raise ValueError("half way")


def _later() -> Awaitable[str]:
    return asyncio.sleep(0, "later")


def _of_a_pool() -> Future[str]:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: "of a pool")


async def _streams() -> AsyncIterator[int]:
    yield 1
    yield 2


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (_counts, ToolResult(text="[1, 2]")),
        (_breaks_half_way, ToolResult(text="ValueError: half way", failed=True)),
        (_later, ToolResult(text="later")),
        (_of_a_pool, ToolResult(text="of a pool")),
        (_streams, ToolResult(text="[1, 2]")),
    ],
)
async def test_what_is_given_bit_by_bit_or_later_is_waited_for(function: Any, result: ToolResult) -> None:
    assert await called(made(function)) == result


async def test_a_class_that_has_only_one_of_two_forms_is_called_in_that() -> None:
    class OnlyNow(BaseTool):
        name: str = "now"
        description: str = "x"

        def _run(self) -> str:
            return "now"

        async def _arun(self) -> str:
            raise NotImplementedError("does not support async")

    class OnlyLater(BaseTool):
        name: str = "later"
        description: str = "x"

        def _run(self) -> str:
            raise NotImplementedError

        async def _arun(self) -> str:
            return "later"

    assert [(await called(one)).text for one in (OnlyNow(), OnlyLater())] == ["now", "later"]


async def test_an_artifact_is_left_out() -> None:
    @tool(response_format="content_and_artifact")
    def search(q: str) -> tuple[str, object]:
        """Search."""
        return f"found {q}", object()

    assert (await called(search, q="x")).text == "found x"


@pytest.mark.parametrize(
    ("handle", "words"), [(True, "no such city"), ("sorry", "sorry"), (lambda error: {"why": str(error)}, '"why"')]
)
async def test_an_error_that_a_tool_handles_is_a_failure_in_its_words(handle: Any, words: str) -> None:
    def find() -> str:
        raise ToolException("no such city")

    result = await called(made(find, handle_tool_error=handle))
    assert result.failed
    assert words in result.text


class Old(BaseModelV1):
    """Arguments as pydantic 1 has them."""

    n: int


@pytest.mark.parametrize("handle", [False, True])
@pytest.mark.parametrize("schema", [None, Old])
async def test_refused_arguments_never_reach_the_tool(handle: bool, schema: type[Old] | None) -> None:
    def double(n: int) -> int:
        return 2 * n

    a_tool = made(double, args_schema=schema, handle_validation_error=handle)
    refused = await called(a_tool, n="many")
    assert (refused.failed, refused.ran) == (True, False)
    assert "n: " in refused.text
    assert await called(a_tool, n=4) == ToolResult(text="8")


async def test_a_schema_of_the_tools_own_that_refuses_something_is_its_failure() -> None:
    class Inner(BaseModel):
        n: int

    def check(n: str) -> str:
        return str(Inner.model_validate({"n": n}))

    result = await called(made(check), n="many")
    assert (result.failed, result.ran) == (True, True)


# What goes in


async def test_arguments_that_are_injected_are_never_the_models() -> None:
    @tool
    def search(
        q: str, call: Annotated[str, InjectedToolCallId], user: Annotated[str, InjectedToolArg] = "nobody"
    ) -> Any:
        """Search."""
        return ToolMessage(f"{q} for {user} in {call}", tool_call_id=call)

    result = await called(search, q="x", user="EVIL", call="EVIL")
    assert result.text == "x for nobody in call_7"


async def test_a_tool_gets_a_config_without_our_callbacks() -> None:
    @tool
    async def look(config: RunnableConfig) -> str:
        """Look at the config."""
        return f"{config.get('callbacks')}"

    assert (await called(look, config={"callbacks": "EVIL"})).text == "None"


async def test_a_tool_of_a_single_input_takes_it_by_its_name() -> None:
    assert (
        await called(Tool(name="echo", description="x", func=lambda text: f"got {text}"), __arg1="it")
    ).text == "got it"


@pytest.mark.parametrize("way", ["func", "coroutine"])
async def test_a_tool_sees_the_callers_context_and_changes_nothing_of_it(way: str) -> None:
    variable = contextvars.ContextVar("variable", default="")
    variable.set("the caller's")

    def see() -> str:
        seen = variable.get()
        variable.set("the tool's")
        return seen

    async def see_later() -> str:
        return see()

    a_tool = StructuredTool.from_function(
        name="see",
        description="x",
        **{way: see if way == "func" else see_later},  # type: ignore[arg-type]
    )
    assert (await called(a_tool)).text == "the caller's"
    assert variable.get() == "the caller's"


# Where it runs


async def test_coroutines_of_all_calls_share_a_loop_that_is_not_the_callers() -> None:
    async def where() -> int:
        return id(asyncio.get_running_loop())

    loop = ToolLoop()
    runnable = RunnableTool(StructuredTool.from_function(coroutine=where, description="x"), loop)
    places = {(await runnable.call({}, str(n))).text for n in range(3)}
    assert len(places) == 1
    assert places != {str(id(asyncio.get_running_loop()))}


async def test_a_loop_that_a_cancelled_call_blocks_is_left_for_another() -> None:
    blocked, let_go = threading.Event(), threading.Event()

    async def block() -> str:
        blocked.set()
        let_go.wait(30)
        return "late"

    async def answer() -> str:
        return "at once"

    loop = ToolLoop()
    task = asyncio.create_task(
        RunnableTool(StructuredTool.from_function(coroutine=block, description="x"), loop).call({}, "1")
    )
    await asyncio.to_thread(blocked.wait, 30)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    answering = RunnableTool(StructuredTool.from_function(coroutine=answer, description="x"), loop)
    result = None
    while result is None:  # a call that comes before its patience is over is cancelled with it
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                result = await answering.call({}, "2")
    let_go.set()
    assert result.text == "at once"
