"""Loading a user's tools: foreign code, of which anything may come."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import ToolLoadError
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.load import default_tools, load_tools


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module into the current folder; gives its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    modules = set(sys.modules)

    def write(source: str) -> str:
        name = f"tools_{tmp_path.name.replace('-', '_')}"
        (tmp_path / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        for left in set(sys.modules) - modules:
            if left == name:
                del sys.modules[left]
        return name

    return write


SOURCE = '''
from langchain_core.tools import tool

def search(query: str) -> str:
    """Search."""
    return f"found {query}"

@tool
def fetch(url: str) -> str:
    """Fetch."""
    return url

class Kit:
    tools = [search, fetch]

both = (search, fetch)
nothing = []
number = 3
mixed = [search, 3]

def undocumented(x: int) -> int:
    return x

def unreadable(x: "NoSuchType") -> int:
    """An annotation that means nothing."""
    return 1
'''


def test_a_plain_function_becomes_a_tool(module: Callable[[str], str]) -> None:
    (search,) = load_tools([f"{module(SOURCE)}:search"], ToolLoop())
    assert search.name == "search"
    assert search.description == "Search."
    assert search.invoke({"query": "x"}) == "found x"


@pytest.mark.parametrize(
    ("name", "tools"),
    [("fetch", ["fetch"]), ("both", ["search", "fetch"]), ("Kit.tools", ["search", "fetch"]), ("nothing", [])],
)
def test_a_tool_a_list_or_a_dotted_name_will_do(module: Callable[[str], str], name: str, tools: list[str]) -> None:
    assert [tool.name for tool in load_tools([f"{module(SOURCE)}:{name}"], ToolLoop())] == tools


@pytest.mark.parametrize("name", ["number", "mixed", "undocumented", "unreadable", "missing", "Kit.missing"])
def test_what_is_no_tool_is_a_plain_error(module: Callable[[str], str], name: str) -> None:
    with pytest.raises(ToolLoadError, match="--tools") as caught:
        load_tools([f"{module(SOURCE)}:{name}"], ToolLoop())
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("source", ["1 / 0", "import no_such_module_x", "raise SystemExit(3)"])
def test_a_module_that_cannot_be_imported_is_a_plain_error(module: Callable[[str], str], source: str) -> None:
    with pytest.raises(ToolLoadError, match="importing"):
        load_tools([f"{module(source)}:search"], ToolLoop())


@pytest.mark.parametrize("spec", ["", "module", ":name", "module:", "no_such_module_x:name"])
def test_a_specification_that_names_nothing_is_a_plain_error(spec: str) -> None:
    with pytest.raises(ToolLoadError):
        load_tools([spec], ToolLoop())


def test_the_built_in_tools_are_new_in_every_list_and_have_names_of_their_own() -> None:
    first, second = default_tools(), default_tools()
    assert first is not second
    assert len({tool.name for tool in first}) == len(first)
    assert all(tool.description for tool in first)
