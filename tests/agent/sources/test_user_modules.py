"""Finding what `MODULE:NAME` and `FILE.py:NAME` name; modules are foreign code on the disk, of which anything comes."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ToolLoadError
from agent.sources.user_modules import find


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = dict(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - set(before):
        del sys.modules[name]


def written(path: Path, source: str) -> Path:
    """A file with this text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


def test_a_file_is_named_by_its_path_wherever_it_lies(folder: Path) -> None:
    path = written(folder / "with blanks" / "my-tools.py", "import neighbour\nname = neighbour.name")
    written(folder / "with blanks" / "neighbour.py", "name = 'next door'")
    assert find(f"{path}:name") == "next door"
    assert find(f"with blanks/{path.name}:name") == "next door"


def test_a_file_is_imported_once_however_often_it_is_named(folder: Path) -> None:
    path = written(folder / "counted.py", "import builtins\nthing = object()\nother = thing")
    assert find(f"{path}:thing") is find(f"./{path.name}:other")


@pytest.mark.parametrize("name", ["json.py", "agent.py", "tools.py", "os.py"])
def test_a_files_name_may_be_that_of_another_module(folder: Path, name: str) -> None:
    before = sys.modules.get("json"), sys.modules.get("agent"), sys.modules["os"]
    assert find(f"{written(folder / 'own' / name, 'thing = 3')}:thing") == 3
    assert (sys.modules.get("json"), sys.modules.get("agent"), sys.modules["os"]) == before


def test_a_file_of_a_package_is_imported_as_its_part(folder: Path) -> None:
    written(folder / "bag" / "__init__.py", "whole = 'bag'")
    written(folder / "bag" / "inner" / "__init__.py", "")
    path = written(folder / "bag" / "inner" / "part.py", "from .. import whole\nfrom . import __name__ as name")
    assert (find(f"{path}:whole"), find(f"{path}:name")) == ("bag", "bag.inner")
    assert find(f"{folder / 'bag'}:whole") == "bag"


def test_what_makes_something_is_called_where_the_user_says_so(folder: Path) -> None:
    path = written(
        folder / "made.py", "class Kit:\n    def make(self): return 7\n    part = [1]\nkit = Kit()\nnumber = 7"
    )
    assert find(f"{path}:kit.make()") == 7
    assert find(f"{path}:Kit.part") == [1]
    with pytest.raises(ToolLoadError, match="cannot be called"):
        find(f"{path}:number()")


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        ("x = 1\n1 / 0", "x", r"ZeroDivisionError.* \(broken.py, line 2\)"),
        ("x = (", "x", r": broken.py, line 1: '\(' was never closed$"),
        ("import no_such_module_x", "x", r"no_such_module_x.* \(broken.py, line 1\)"),
        ("raise SystemExit(3)", "x", "SystemExit"),
        ("raise KeyboardInterrupt", "x", "KeyboardInterrupt"),
        (
            "def make():\n    raise OSError('gone')",
            "make()",
            r"calling make\(\) failed: OSError.* \(broken.py, line 2\)",
        ),
        ("def __getattr__(name): raise RuntimeError(name)", "x", "reading x failed: RuntimeError"),
        ("from langchain_core.tools import tool\n@tool\ndef look(): 'Look.'", "lock", "has no lock; it has look"),
        ("from json import loads\ndef look(): 'Look.'\ndef _own(): pass", "lock", "has no lock; it has look$"),
    ],
)
def test_what_goes_wrong_is_one_line_with_the_place(folder: Path, source: str, name: str, words: str) -> None:
    spec = f"{written(folder / 'broken.py', source)}:{name}"
    with pytest.raises(ToolLoadError, match=words) as caught:
        find(spec)
    assert str(caught.value).startswith(f"--tools {spec}: ")
    assert len(str(caught.value).splitlines()) == 1


def test_a_module_that_failed_is_read_again_when_it_is_named_again(folder: Path) -> None:
    path = written(folder / "later.py", "raise OSError")
    with pytest.raises(ToolLoadError):
        find(f"{path}:x")
    written(path, "x = 'now it is right'")
    assert find(f"{path}:x") == "now it is right"


@pytest.mark.parametrize("spec", ["missing.py:x", "./missing:x", "~/no_such_folder/x.py:x", "text.txt/:x"])
def test_a_file_that_is_not_there_is_said_so(spec: str) -> None:
    with pytest.raises(ToolLoadError, match="there is no file"):
        find(spec)


def test_a_file_that_is_no_python_is_said_so(folder: Path) -> None:
    with pytest.raises(ToolLoadError, match="is no Python file"):
        find(f"{written(folder / 'tools.txt', 'x = 1')}:x")


def test_classes_of_a_file_find_their_module(folder: Path) -> None:
    source = (
        "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\n"
        "def make() -> P: return P()"
    )
    made: Any = find(f"{written(folder / 'classes.py', source)}:make()")
    assert made.x == 1
