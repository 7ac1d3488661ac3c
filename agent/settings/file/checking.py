"""Holds values against the tables key by key: what fits is taken, what does not is told with what is allowed.

`msgspec` judges each value; it would stop at the first that is wrong, and its words are for programmers. The texts of
values are never repeated, for one of them may be a key that stands in the wrong place.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType, inspect

from agent.settings.breakpoints import Breakpoint, BreakpointError
from agent.settings.file.tables import Breakpoints, Document, Options, Permissions, Table
from agent.settings.permissions import Rule, RuleError

__all__ = ["Checker", "Fault"]

_SECRET = re.compile(r"(?:^|_)(?:api_?)?(?:key|token|secret|password)$", re.IGNORECASE)
_SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret", re.IGNORECASE)
_MODEL = re.compile(r"offline|[^:\s]+:.*\S.*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_SECRETS = "a key is never kept here: name the environment variable that holds it in key_env, or use the keyring"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A value that was not taken."""

    path: tuple[str, ...]
    words: str
    value: str = ""
    """A text within the value, to find its line by."""


@dataclass
class Checker:
    """Takes what can be taken; the rest is in `faults`."""

    faults: list[Fault] = field(default_factory=list)

    def take(self, table: type[Table], values: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
        """The part of `values` that `table` can be made of."""
        fields = {one.encode_name: one for one in msgspec.structs.fields(table)}
        taken: dict[str, Any] = {}
        for key, value in values.items():
            if key not in fields:
                self._tell((*path, key), f"there is no {_dotted((*path, key))}{_meant(key, fields)}")
                continue
            result = self._value(fields[key].type, value, (*path, key))
            if result is not UNSET:
                taken[key] = result
        self._judge(table, taken, path)
        return taken

    def _value(self, kind: Any, value: Any, path: tuple[str, ...]) -> Any:
        """`value` as far as it fits; UNSET where it does not."""
        kind = _without_unset(kind)
        if isinstance(kind, type) and issubclass(kind, Table):
            return self._table(kind, value, path)
        bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        if get_origin(bare) is dict:
            if not isinstance(value, Mapping):
                self._tell(path, f"{_dotted(path)}: a table is needed, [{_dotted(path)}]")
                return UNSET
            inner = get_args(bare)[1]
            entries = {name: self._value(inner, entry, (*path, name)) for name, entry in value.items()}
            return {name: entry for name, entry in entries.items() if entry is not UNSET}
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            secret = f"; {_NO_SECRETS}" if _SECRET.search(path[-1]) else ""
            self._tell(path, f"{_dotted(path)}: {_needed(kind)} is needed{secret}")
            return UNSET
        return value

    def _table(self, kind: type[Table], value: Any, path: tuple[str, ...]) -> Any:
        """A table's values; UNSET where it is none, or lacks what it cannot be without."""
        if not isinstance(value, Mapping):
            self._tell(path, f"{_dotted(path)}: a table is needed, [{_dotted(path)}]")
            return UNSET
        before = len(self.faults)
        taken = self.take(kind, value, path)
        try:
            msgspec.convert(taken, kind)
        except msgspec.ValidationError as error:
            missing = re.search(r"missing required field `(\w+)`", str(error))
            if missing or len(self.faults) == before:  # else it lacks what was told already
                words = f"{missing[1]} is needed" if missing else str(error).partition(" - at ")[0]
                self._tell(path, f"[{_dotted(path)}]: {words}")
            return UNSET
        return taken

    def _tell(self, path: tuple[str, ...], words: str, value: str = "") -> None:
        self.faults.append(Fault(path=path, words=words, value=value))

    # What types do not tell

    def _judge(self, table: type[Table], taken: dict[str, Any], path: tuple[str, ...]) -> None:
        """Take away what is of the right type and still of no use."""
        if issubclass(table, Permissions):
            for key, rules in taken.items():
                taken[key] = [rule for rule in rules if self._is_read(Rule.parse, rule, (*path, key))]
        if issubclass(table, Breakpoints) and (stops := taken.get("stop")):
            taken["stop"] = [text for text in stops if self._is_read(Breakpoint.parse, text, (*path, "stop"))]
        if (model := taken.get("model")) is not None and issubclass(table, Options) and not _MODEL.fullmatch(model):
            words = "offline, openai:NAME or PROVIDER:NAME is needed; tickertape models lists what can be used"
            self._tell((*path, "model"), f"{_dotted((*path, 'model'))}: {words}")
            del taken["model"]
        if "key_env" in taken and not _VARIABLE.fullmatch(taken["key_env"]):
            self._tell((*path, "key_env"), f"{_dotted(path)}.key_env: {_NO_SECRETS}")
            del taken["key_env"]
        for name, value in list(taken.get("headers", {}).items()):
            if _SECRET_HEADER.search(name) and "${" not in value:
                words = "a secret is never kept here: write ${NAME} for the environment variable that holds it"
                self._tell((*path, "headers", name), f"{_dotted(path)}.headers.{name}: {words}", value=name)
                taken["headers"] = {key: kept for key, kept in taken["headers"].items() if key != name}
        if table is Document:
            self._judge_names(taken)

    def _is_read(self, parse: Callable[[str], object], text: str, path: tuple[str, ...]) -> bool:
        try:
            parse(text)
        except (BreakpointError, RuleError) as error:
            self._tell(path, f"{_dotted(path)}: {error}", value=text)
            return False
        return True

    def _judge_names(self, taken: dict[str, Any]) -> None:
        profiles = taken.get("profiles", {})
        if (chosen := taken.get("profile")) is not None and chosen not in profiles:
            self._tell(("profile",), f"there is no [profiles.{chosen}]{_meant(chosen, profiles)}")
            del taken["profile"]
        for name in [name for name in taken.get("providers", {}) if name == "offline" or ":" in name or not name]:
            self._tell(("providers", name), f"[providers.{name}]: this name cannot be used; choose another")
            del taken["providers"][name]


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _meant(key: str, allowed: Mapping[str, Any]) -> str:
    """What may have been meant, and all that can be."""
    if _SECRET.search(key) and key not in allowed:
        return f"; {_NO_SECRETS}"
    if not allowed:
        return ""
    near = difflib.get_close_matches(key, allowed, 1)
    return f"{f'; did you mean {near[0]}?' if near else ''} (allowed: {', '.join(sorted(allowed))})"


def _without_unset(kind: Any) -> Any:
    """A field's type where it is set."""
    rest = [one for one in get_args(kind) if one is not UnsetType]
    return rest[0] if UnsetType in get_args(kind) and len(rest) == 1 else kind


def _needed(kind: Any) -> str:
    """What a value of this type is, in words."""
    described = inspect.type_info(kind)
    return _described(described.type if isinstance(described, inspect.Metadata) else described)


def _described(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=least):
            return f"a whole number of {least:,} or more" if least is not None else "a whole number"
        case inspect.FloatType(ge=int() | float() as least, le=int() | float() as most):
            return f"a number from {least:g} to {most:g}"
        case inspect.FloatType():
            return "a number above 0"
        case inspect.LiteralType(values=values):
            *others, last = [f'"{value}"' for value in values]
            return f"{', '.join(others)} or {last}"
        case inspect.StrType(pattern=str()):
            return "a text that begins with http:// or https://"
        case inspect.StrType():
            return "a text"
        case _:
            return '["a list", "of texts"]'
