"""What a user may name as tools, and what is refused, in one line with its place."""

import functools
import json
from collections.abc import Iterable
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import BaseTool, BaseToolkit, InjectedToolArg, StructuredTool, tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from agent.errors import ToolLoadError
from agent.sources.tools.calls.call import RunnableTool
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.names import legal_name
from agent.sources.tools.users.judging import judged


def search(query: str) -> str:
    """Search."""
    return f"found {query}"


@tool
def fetch(url: str) -> str:
    """Fetch."""
    return url


class Shout(BaseTool):
    """A tool as a class."""

    name: str = "shout"
    description: str = "Shout."

    def _run(self, text: str) -> str:
        return text.upper()


class Kit(BaseToolkit):
    """A toolkit."""

    def get_tools(self) -> list[BaseTool]:
        """Its tools."""
        return [fetch, Shout()]


class Client:
    """Something that has tools, as a client of MCP servers has them."""

    async def get_tools(self) -> list[BaseTool]:
        """Its tools, after a while."""
        return [fetch]


def make() -> list[BaseTool]:
    return [fetch]


async def make_later() -> Iterable[BaseTool]:
    return (fetch,)


def get_tools():  # type: ignore[no-untyped-def]
    return [search, Kit()]


def names(found: object) -> list[str]:
    """The names of the tools that something is."""
    return [one.name for one in judged(found, "here", ToolLoop())]


@pytest.mark.parametrize(
    ("found", "tools"),
    [
        (search, ["search"]),
        (Shout(), ["shout"]),
        (Kit(), ["fetch", "shout"]),
        (Client(), ["fetch"]),
        ([search, (fetch, Kit())], ["search", "fetch", "fetch", "shout"]),
        ({"a": search, "b": fetch}, ["search", "fetch"]),
        (make, ["fetch"]),
        (make_later, ["fetch"]),
        (get_tools, ["search", "fetch", "shout"]),
        (iter([search]), ["search"]),
        ([], []),
    ],
)
def test_tools_are_taken_from_whatever_holds_or_makes_them(found: object, tools: list[str]) -> None:
    assert names(found) == tools


def launch() -> str:
    """Something that must not be done unasked."""
    raise AssertionError("it was called while it was loaded")


def test_a_function_without_arguments_is_no_factory_for_that() -> None:
    assert names(launch) == ["launch"]


@tool
def remember(text: str, state: Annotated[dict[str, Any], InjectedToolArg]) -> str:
    """Remember."""
    return text


class Settings(BaseModel):
    """A value that is no tool, though it can be iterated."""


class Unlike:
    """What no schema can be made of."""


def unlike(it: Unlike) -> str:
    """Take it."""
    return ""


def kept(config: dict[str, str]) -> str:
    """Take an argument by a name that LangChain keeps."""
    return ""


def undocumented(x: int) -> int:
    return x


def broken_tools() -> list[BaseTool]:
    raise RuntimeError("no server")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Shout, "Shout is a class; name an instance of it, such as Shout()"),
        ([Kit], "Kit is a class"),
        (Settings(), "Settings is neither a tool nor a function"),
        ("search", "str is neither a tool nor a function"),
        ([search, 3], "int is neither a tool nor a function"),
        (RunnableLambda(search), r"\.as_tool\(\)"),
        (remember, "remember has to be given state"),
        (unlike, "the arguments of unlike cannot be told to a model: .*Unlike"),
        (kept, "kept has an argument named config"),
        (undocumented, "undocumented makes no tool: .*docstring"),
        (lambda x: x, "<lambda> makes no tool"),
        (broken_tools, "making the tools failed: RuntimeError"),
        ([[[[[[search]]]]]], "too deep"),
    ],
)
def test_what_no_model_could_call_is_refused_in_one_line(found: object, words: str) -> None:
    with pytest.raises(ToolLoadError, match=words) as caught:
        names(found)
    assert str(caught.value).startswith("here: ")
    assert len(str(caught.value).splitlines()) == 1


# Called by name


def total(*numbers: float) -> float:
    """Add up."""
    return sum(numbers)


def mixed(first: int, /, second: int = 2, *rest: int, last: int = 9, **more: str) -> str:
    """Take arguments in every way there is."""
    return f"{first} {second} {rest} {last} {more}"


class Greeter:
    """Greets."""

    def __call__(self, name: str) -> str:
        """Greet somebody."""
        return f"hello {name}"

    def wave(self, name: str) -> str:
        """Wave to somebody."""
        return f"waves to {name}"


async def later(*words: str) -> str:
    """Join, later."""
    return " ".join(words)


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (total, {"numbers": [1, 2.5]}, "3.5"),
        (tool(total), {"numbers": [1, 2]}, "3.0"),
        (total, {}, "0"),
        (mixed, {"first": 1}, "1 2 () 9 {}"),
        (mixed, {"first": 1, "second": 3, "rest": [4], "last": 5, "more": {"x": "y"}}, "1 3 (4,) 5 {'x': 'y'}"),
        (functools.partial(mixed, 1, last=0), {"rest": [7]}, "1 2 (7,) 0 {}"),
        (Greeter(), {"name": "you"}, "hello you"),
        (Greeter().wave, {"name": "you"}, "waves to you"),
        (later, {"words": ["a", "b"]}, "a b"),
    ],
)
async def test_a_function_is_called_by_name_however_it_takes_its_arguments(
    function: Any, arguments: dict[str, Any], text: str
) -> None:
    loop = ToolLoop()
    (made,) = judged(function, "here", loop)
    offered = convert_to_openai_tool(made)["function"]
    assert set(arguments) <= set(offered["parameters"]["properties"])
    assert offered["description"]
    assert (await RunnableTool(made, loop).call(arguments, "1")).text == text


def test_a_schema_without_properties_gets_the_empty_ones_that_servers_ask_for() -> None:
    found = StructuredTool(name="now", description="x", args_schema={"type": "object"}, func=lambda: "now")
    (made,) = judged(found, "here", ToolLoop())
    assert json.loads(json.dumps(convert_to_openai_tool(made)))["function"]["parameters"]["properties"] == {}


# Names


@given(st.text())
def test_every_name_becomes_a_legal_one_and_always_the_same(name: str) -> None:
    legal = legal_name(name)
    assert 1 <= len(legal) <= 64
    assert legal.isascii()
    assert all(sign.isalnum() or sign in "_-" for sign in legal)
    assert legal_name(name) == legal
    assert legal_name(legal) == legal


@pytest.mark.parametrize(
    ("name", "legal"),
    [("search-2", "search-2"), ("my.tool", "my_tool"), ("Köln, by day", "Koln_by_day"), ("a/b::c", "a_b_c")],
)
def test_a_legal_name_is_near_to_its_own(name: str, legal: str) -> None:
    assert legal_name(name) == legal


def test_names_in_other_scripts_stay_different() -> None:
    assert legal_name("поиск") != legal_name("запись")
