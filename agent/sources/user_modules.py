"""Finds what `MODULE:NAME` or `FILE.py:NAME` names. Importing a module runs it: only what the user names is imported.

It owns imports and the way in a user's files; whether what is found is of use is not judged here.
"""

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from langchain_core.tools import BaseTool

from agent.errors import ToolLoadError

__all__ = ["find"]


def find(
    spec: str, option: str = "--tools", likely: Callable[[object], bool] = lambda value: isinstance(value, BaseTool)
) -> object:
    """What `spec` names; with `()` at its end what it gives when it is called without arguments.

    `option` is where the user named it, and `likely` says what most likely is of use there: where there is no such
    name, those of that kind are told first. The module is looked for in the current folder too; a file is given by its
    path, be it part of a package. The name may be dotted.

    Raises:
        ToolLoadError: there is no such module, file or name, or its code raises.
    """
    asked = f"{option} {spec}"
    place, colon, name = spec.rpartition(":")
    if not (place and colon and name):
        raise ToolLoadError(f"{asked}: name it as MODULE:NAME or FILE.py:NAME, for example my_tools:search")
    found: object = _import(place, asked)
    called = name.endswith("()")
    for part in name.removesuffix("()").split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise ToolLoadError(f"{asked}: {place} has no {name}{_others(found, likely)}") from error
        except BaseException as error:  # a property is foreign code
            raise _failed(asked, f"reading {name}", error) from error
    if called:
        if not callable(found):
            raise ToolLoadError(f"{asked}: {name.removesuffix('()')} cannot be called")
        try:
            found = found()
        except BaseException as error:
            raise _failed(asked, f"calling {name}", error) from error
    return found


def _import(place: str, asked: str) -> ModuleType:
    try:
        if _is_path(place):
            return _import_path(Path(place).expanduser().absolute(), asked)
        _look_in(Path.cwd())
        return importlib.import_module(place)
    except ToolLoadError:
        raise
    except BaseException as error:  # the module is foreign code: anything may come out of it
        raise _failed(asked, f"importing {place}", error) from error


def _is_path(place: str) -> bool:
    return place.endswith(".py") or "/" in place or "\\" in place or place.startswith("~")


def _import_path(path: Path, asked: str) -> ModuleType:
    """The module of a file or of a package's folder, imported as its own neighbours would import it."""
    if path.is_dir() and (path / "__init__.py").is_file():
        path /= "__init__.py"
    if not path.is_file():
        raise ToolLoadError(f"{asked}: there is no file {path}")
    path = path.resolve()
    importlib.invalidate_caches()
    for loaded in list(sys.modules.values()):
        if (file := getattr(loaded, "__file__", None)) is not None and Path(file) == path:
            return loaded
    names = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    _look_in(folder)
    if len(names) == 1 and path.name != "__init__.py":
        return _import_file(path, asked)
    module = importlib.import_module(".".join(names))
    if module.__file__ is None or Path(module.__file__).resolve() != path:
        raise ToolLoadError(f"{asked}: another package is named {names[0]} too; give {folder / names[0]} another name")
    return module


def _import_file(path: Path, asked: str) -> ModuleType:
    """A file that is in no package, under its own name where that is free."""
    name = path.stem
    if not name.isidentifier() or name in sys.modules or name in sys.stdlib_module_names:
        name = f"{name}_{hashlib.sha256(bytes(path)).hexdigest()[:8]}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise ToolLoadError(f"{asked}: {path} is no Python file")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # before it runs: dataclasses and pydantic look for it there
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _look_in(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _others(found: object, likely: Callable[[object], bool]) -> str:
    """What is there of use where another name was asked for: what is most likely meant, then functions of its own."""
    own = getattr(found, "__name__", None)
    there = {name: value for name, value in list(getattr(found, "__dict__", {}).items()) if not name.startswith("_")}
    names = [name for name, value in there.items() if likely(value)]
    names += [name for name, value in there.items() if inspect.isfunction(value) and value.__module__ == own]
    return f"; it has {', '.join(names[:10])}" if names else ""


def _failed(asked: str, doing: str, error: BaseException) -> ToolLoadError:
    """What foreign code raised, with the place where it did."""
    if isinstance(error, SyntaxError) and error.filename:  # nothing of it ran
        return ToolLoadError(
            f"{asked}: {Path(error.filename).name}, line {error.lineno}: {' '.join(error.msg.split())}"
        )
    words = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return ToolLoadError(f"{asked}: {doing} failed: {words}{_place(error)}")


def _place(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    frames = [frame for frame in frames if Path(frame.filename) not in (Path(__file__), Path(importlib.__file__))]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
