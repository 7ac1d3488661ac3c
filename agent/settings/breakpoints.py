"""Where a run stops before a tool runs: breakpoints, pure. Knows no tool, no run and no user.

    write_file                        before every call of that tool; `*` in a name is any text
    write_file($.path == "a.txt")     where its arguments are so
    cost > 0.5                        before any tool, where the turn has cost more than that in dollars,
    time > 30                         has taken more than that in seconds,
    step >= 3                         is in that step, from 1
    shell($.command ~ "rm *" and cost > 0.1)

`$` is the arguments, `$.a.b` and `$.a[0]` what is in them (as JSONPath, RFC 9535, writes it, without its filters). A
value is JSON; it is held against what is there by `==`, `!=`, `<`, `<=`, `>`, `>=`, or as a text by `~`, in which `*`
is any text. What is not there, or cannot be compared, fits nothing.
"""

import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["Breakpoint", "BreakpointError", "Moment", "stopped_at"]

# Compiled when a breakpoint is read, and kept by `re`: the program starts without any.
_TOOL = r"(?s:(?P<tool>[^\s()$\"]+?)\s*(?:\((?P<conditions>.*)\))?)"
_CONDITION = r"\s*(?P<what>\$(?:[^\s=!<>~\[]|\[[^\]]*\])*|cost|time|step)\s*(?P<sign>==|!=|<=|>=|<|>|~)\s*"
_AND = r"\s+and\s+"
_PATH = r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[(\"(?:[^\"\\]|\\.)*\")\]"
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WHAT = 'write TOOL, TOOL(CONDITION and …) or CONDITION, such as write_file, shell($.command ~ "rm *"), cost > 0.5'


class BreakpointError(ValueError):
    """A text is no breakpoint; the message says what one is."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A call that is about to run, and the turn it is in."""

    tool: str
    arguments: Mapping[str, Any]
    step: int
    """From 1."""
    seconds: float
    """Since the turn began."""
    cost: float | None = None
    """Dollars so far; None where that is not known."""


@dataclass(frozen=True, kw_only=True)
class _Condition:
    what: str
    """`cost`, `time` or `step`; empty for the arguments."""
    path: tuple[str | int, ...]
    sign: str
    value: Any

    def fits(self, moment: Moment) -> bool:
        found = _found(moment.arguments, self.path) if not self.what else _figure(moment, self.what)
        if found is _NOTHING:
            return False
        if self.sign in ("==", "!="):
            # In JSON true is no number, though in Python it is 1.
            is_same = found == self.value and isinstance(found, bool) == isinstance(self.value, bool)
            return is_same == (self.sign == "==")
        if self.sign == "~":
            text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
            return fnmatchcase(text, re.sub(r"([\[?])", r"[\1]", str(self.value)))
        comparable = isinstance(found, str) and isinstance(self.value, str)
        comparable = comparable or (_is_number(found) and _is_number(self.value))
        return comparable and _COMPARED[self.sign](found, self.value)


@dataclass(frozen=True)
class Breakpoint:
    """One line of [breakpoints]."""

    text: str
    """As it was written."""
    tool: str
    """The tool's name, with `*` as written."""
    conditions: tuple[_Condition, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Breakpoint":
        """The breakpoint that `text` writes.

        Raises:
            BreakpointError: it writes none.
        """
        stripped = text.strip()
        if re.match(_CONDITION, stripped):
            return cls(stripped, "*", _conditions(stripped, text))
        if (named := re.fullmatch(_TOOL, stripped)) is None:
            raise BreakpointError(f"{_quoted(text)} is no breakpoint; {_WHAT}")
        conditions = named["conditions"]
        return cls(stripped, named["tool"], () if conditions is None else _conditions(conditions, text))

    def fits(self, moment: Moment) -> bool:
        """Whether the run stops before this call."""
        tool = re.sub(r"([\[?])", r"[\1]", self.tool)
        return fnmatchcase(moment.tool, tool) and all(condition.fits(moment) for condition in self.conditions)

    @property
    def asks_cost(self) -> bool:
        """Whether it has to be known what the turn has cost."""
        return any(condition.what == "cost" for condition in self.conditions)


def stopped_at(breakpoints: Iterable[Breakpoint], moment: Moment) -> Breakpoint | None:
    """The first breakpoint that fits; None where the run goes on."""
    return next((breakpoint_ for breakpoint_ in breakpoints if breakpoint_.fits(moment)), None)


def _conditions(rest: str, text: str) -> tuple[_Condition, ...]:
    conditions: list[_Condition] = []
    at = 0
    condition, joint = re.compile(_CONDITION), re.compile(_AND)
    while (found := condition.match(rest, at)) is not None:
        try:
            value, at = json.JSONDecoder().raw_decode(rest, found.end())
        except ValueError:
            break
        conditions.append(_condition(found["what"], found["sign"], value, text))
        if not rest[at:].strip():
            return tuple(conditions)
        if (joined := joint.match(rest, at)) is None:
            break
        at = joined.end()
    raise BreakpointError(f"{_quoted(text)} is no breakpoint; {_WHAT}")


def _condition(what: str, sign: str, value: Any, text: str) -> _Condition:
    if not what.startswith("$"):
        if not _is_number(value) or sign == "~":
            raise BreakpointError(f"{_quoted(text)}: {what} is held against a number")
        return _Condition(what=what, path=(), sign=sign, value=value)
    path: list[str | int] = []
    at = 1
    while at < len(what):
        if (part := re.compile(_PATH).match(what, at)) is None:
            raise BreakpointError(f"{_quoted(text)}: {what} is no path; write $.name, $.list[0]")
        path.append(part[1] or (int(part[2]) if part[2] else json.loads(part[3])))
        at = part.end()
    if sign == "~" and not isinstance(value, str):
        raise BreakpointError(f'{_quoted(text)}: ~ is held against a text, such as "rm *"')
    return _Condition(what="", path=tuple(path), sign=sign, value=value)


_NOTHING = object()
"""What is found where there is nothing; null is something."""


def _found(value: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        is_there = part in value if isinstance(value, Mapping) else isinstance(value, list) and _is_index(part, value)
        if not is_there:
            return _NOTHING
        value = value[part]
    return value


def _is_index(part: str | int, values: list[Any]) -> bool:
    return isinstance(part, int) and part < len(values)


def _figure(moment: Moment, what: str) -> Any:
    figures = {"cost": moment.cost, "time": moment.seconds, "step": moment.step}
    return _NOTHING if figures[what] is None else figures[what]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _quoted(text: str) -> str:
    return json.dumps(text[:80], ensure_ascii=False)
