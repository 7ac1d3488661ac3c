"""Every module says what it gives, sorted and true."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import agent

MODULES = sorted(module.name for module in pkgutil.walk_packages(agent.__path__, "agent."))


def test_the_modules_are_found() -> None:
    assert {"agent.events", "agent.tools", "agent.models.openai"} <= set(MODULES)


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
    module = importlib.import_module(name)
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text())
    definitions = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    public = {node.name for node in tree.body if isinstance(node, definitions) and not node.name.startswith("_")}
    assert public <= set(module.__all__)
