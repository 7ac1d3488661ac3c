"""The house: every module says what it gives, sorted and true; every room says what it is, and is no corridor."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import agent
import tui

_FOUND = [
    module
    for package in (agent, tui)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
]
ROOMS = ["agent", "tui", *sorted(module.name for module in _FOUND if module.ispkg)]
MODULES = sorted(module.name for module in _FOUND if not module.ispkg)
_MOST = 9
"""Modules of a room, besides its `__init__`."""
_LONG = 250
"""Lines of a class from which on it has to say which one thing it is."""


def _tree(name: str) -> ast.Module:
    file = importlib.import_module(name).__file__
    assert file is not None
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def test_the_modules_are_found() -> None:
    assert {"agent.events.types", "agent.sources.models.openai.model", "tui.screens.chat.screen"} <= set(MODULES)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_opens_with_its_map_and_holds_nothing_else(name: str) -> None:
    tree = _tree(name)
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_has_few_doors(name: str) -> None:
    inside = [module for module in MODULES if module.rpartition(".")[0] == name]
    assert len(inside) <= _MOST, inside


@pytest.mark.parametrize("name", MODULES)
def test_all_is_sorted_and_true(name: str) -> None:
    module = importlib.import_module(name)
    exported: list[str] = module.__all__
    constants = [one for one in exported if one.isupper()]
    classes = [one for one in exported if one[0].isupper() and not one.isupper()]
    functions = [one for one in exported if not one[0].isupper()]
    assert exported == [*sorted(constants), *sorted(classes), *sorted(functions)]
    assert len(set(exported)) == len(exported)
    assert all(hasattr(module, one) for one in exported)


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_defines_for_others_is_in_all(name: str) -> None:
    definitions = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    body = _tree(name).body
    public = {node.name for node in body if isinstance(node, definitions) and not node.name.startswith("_")}
    assert public <= set(importlib.import_module(name).__all__)


@pytest.mark.parametrize("name", MODULES)
def test_a_long_class_says_which_one_thing_it_is(name: str) -> None:
    classes = [node for node in ast.walk(_tree(name)) if isinstance(node, ast.ClassDef)]
    long = [node for node in classes if (node.end_lineno or 0) - node.lineno >= _LONG]
    assert [node.name for node in long if "One thing: " not in (ast.get_docstring(node) or "")] == []


def test_the_tests_mirror_the_rooms() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests) for top in ("agent", "tui") for path in tests.glob(f"{top}/**/test_*.py")}
    assert len(folders) > 20
    assert {str(folder) for folder in folders if ".".join(folder.parts) not in ROOMS} == set()


@pytest.mark.parametrize("room", ["agent", "tui", "tests"])
def test_the_maps_name_what_is_there(room: str) -> None:
    top = Path(__file__).parent.parent
    named = re.findall(r"`((?:agent|tui|tests)/[\w/.]*)`", (top / room / "README.md").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (top / path).exists()] == []


def test_the_walk_of_an_event_names_what_each_module_defines() -> None:
    top = Path(__file__).parent.parent
    text = (top / "agent" / "README.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\d+\. ((?:.|\n(?! *\d+\.|\n))+)", text, re.MULTILINE)
    assert len(steps) == 10
    for step in steps:
        modules = [(top / path).read_text(encoding="utf-8") for path in re.findall(r"`([\w/]+\.py)`", step)]
        names = re.findall(r"`([A-Z]\w+)`", step)
        assert modules
        assert names
        assert [name for name in names if not any(f"class {name}" in module for module in modules)] == []
