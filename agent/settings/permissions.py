"""Which tool calls run, which are asked about and which never do: rules, pure. Knows no file, no tool and no user.

A rule is `tool`, `tool(pattern)` or `tool(argument: pattern)`; `*` stands for any text, in a tool's name too, and `\\`
before a sign takes it as it is. What is not certain is never allowed: an `allow` rule has to fit the whole call, and
its `*` stands for no line break, no sign by which a shell joins commands and no way up out of a folder; a `deny` or
`ask` rule fits as soon as any value in the arguments does.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from agent.settings.breakpoints import Breakpoint

__all__ = ["Permissions", "Rule", "RuleError", "Verdict", "Want"]

Want = Literal["allow", "ask"]
"""What holds where no rule fits."""

_NAME = r"(?:\\.|[^\\()\s])+"
_ARGUMENT = r"([A-Za-z_][A-Za-z0-9_-]*): +"
_GUARDED = r"(?:(?!\.\.(?:[/\\]|$))[^\n\r;&|<>`$])*"
"""What `*` stands for in an `allow` rule."""


class RuleError(ValueError):
    """A text is no rule; the message says what one is."""


@dataclass(frozen=True)
class Rule:
    """One line of [permissions]."""

    text: str
    """As it was written."""
    tool: str
    """The tool's name, with `*` and `\\` as written."""
    pattern: str | None = None
    """None fits any arguments."""
    argument: str | None = None
    """The one argument that the pattern is for."""

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """The rule that `text` writes.

        Raises:
            RuleError: it writes none.
        """
        stripped = text.strip()
        name = re.match(_NAME, stripped)
        if name is None:
            raise RuleError(f"{_quoted(text)} is no rule; {_WHAT}")
        rest = stripped[name.end() :].strip()
        if not rest:
            return cls(stripped, name[0])
        if not (rest.startswith("(") and rest.endswith(")") and len(rest) > 2):
            raise RuleError(f"{_quoted(text)} is no rule; {_WHAT}")
        pattern = rest[1:-1].strip()
        if argument := re.match(_ARGUMENT, pattern):
            return cls(stripped, name[0], pattern[argument.end() :], argument[1])
        return cls(stripped, name[0], pattern)

    @classmethod
    def of_tool(cls, name: str) -> "Rule":
        """The rule that fits every call of a tool."""
        escaped = re.sub(r"([\\*()\s])", r"\\\1", name)
        return cls(escaped, escaped)

    def fits_any(self, tool: str, arguments: Mapping[str, Any]) -> bool:
        """Whether any value of the call fits, as `deny` and `ask` take it."""
        if not self._tool_loosely.fullmatch(tool):
            return False
        values = list(_texts(arguments if self.argument is None else arguments.get(self.argument)))
        # The whole, too: a call without arguments has no value, and a pattern may be for the JSON.
        values.append(_json(arguments))
        return self.pattern is None or any(self._loosely.fullmatch(value.strip()) for value in values)

    def fits_all(self, tool: str, arguments: Mapping[str, Any]) -> bool:
        """Whether the whole call fits, as `allow` takes it."""
        if not self._tool_loosely.fullmatch(tool):
            return False
        if self.pattern is None or self.pattern == "*":
            return True
        if self.argument is not None:
            if self.argument not in arguments:
                return False
            values = list(_texts(arguments[self.argument]))
        else:
            values = list(_texts(arguments))
        return bool(values) and all(self._strictly.fullmatch(value) for value in values)

    @cached_property
    def _tool_loosely(self) -> re.Pattern[str]:
        return _compiled(self.tool, "(?s:.)*")

    @cached_property
    def _loosely(self) -> re.Pattern[str]:
        return _compiled(self.pattern or "", "(?s:.)*")

    @cached_property
    def _strictly(self) -> re.Pattern[str]:
        return _compiled(self.pattern or "", _GUARDED)


@dataclass(frozen=True)
class Verdict:
    """What the rules say of a call."""

    kind: Literal["allow", "ask", "deny"]
    rule: Rule | None = None
    """The rule that said so; None where none fits."""


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """The rules that hold. `judge` takes deny, ask and allow in this order; the first rule that fits holds."""

    deny: tuple[Rule, ...] = ()
    given: tuple[Rule, ...] = ()
    """Allowed for this one start of the program; goes before `ask`, never before `deny`."""
    ask: tuple[Rule, ...] = ()
    allow: tuple[Rule, ...] = ()
    breakpoints: "tuple[Breakpoint, ...]" = ()
    """Where a run stops before a call, also before one that is allowed."""

    def judge(self, tool: str, arguments: Mapping[str, Any], *, otherwise: Want) -> Verdict:
        """What to do with a call; `otherwise` where no rule fits."""
        for rule in self.deny:
            if rule.fits_any(tool, arguments):
                return Verdict("deny", rule)
        for rule in self.given:
            if rule.fits_all(tool, arguments):
                return Verdict("allow", rule)
        for rule in self.ask:
            if rule.fits_any(tool, arguments):
                return Verdict("ask", rule)
        for rule in self.allow:
            if rule.fits_all(tool, arguments):
                return Verdict("allow", rule)
        return Verdict(otherwise)

    def allowing(self, rules: Iterable[Rule]) -> "Permissions":
        """These, and what `rules` fit allowed."""
        return replace(self, allow=(*self.allow, *rules))

    def stopping(self, breakpoints: "Iterable[Breakpoint]") -> "Permissions":
        """These, with other breakpoints."""
        return replace(self, breakpoints=tuple(breakpoints))

    def passing(self, text: str | None) -> "Permissions":
        """These without a breakpoint, as it was written."""
        return self.stopping(one for one in self.breakpoints if one.text != text)


_WHAT = "write tool, tool(pattern) or tool(argument: pattern), such as search, shell(git status), read(path: notes/*)"


def _quoted(text: str) -> str:
    import json  # here and below: most starts judge no call before their first frame

    return json.dumps(text[:80], ensure_ascii=False)


def _compiled(pattern: str, star: str) -> re.Pattern[str]:
    """A regular expression for a pattern; `*` becomes `star`."""
    pieces = re.findall(r"\\(.)|(\*+)|([^\\*]+)|(\\)", pattern, re.DOTALL)
    return re.compile(
        "".join(star if stars else re.escape(taken or plain or last) for taken, stars, plain, last in pieces)
    )


def _texts(value: Any) -> Iterator[str]:
    """Every value in the arguments, as text: strings as they are, all else as JSON writes it."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
