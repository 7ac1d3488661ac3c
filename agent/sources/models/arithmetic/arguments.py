"""Arguments for tools that are no arithmetic, taken from the words of a question. It owns the guess of what a user
means by each argument, and promises only that it fits the schema's types; it refuses to know when a tool is called.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.sources.models.arithmetic.language.numerals import NUMBER_PATTERN, json_number, read_number
from agent.sources.models.arithmetic.toolbox import Tool, is_numeric

__all__ = ["explicit_calls", "fill_arguments", "most_relevant"]

JsonSchema = Mapping[str, Any]

_MAX_NESTING = 5
_NUMBER = re.compile(rf"(?<![\w.,])-?{NUMBER_PATTERN}(?!\w)", re.IGNORECASE)
_QUOTED = re.compile(r"(?<!\w)(?:'([^']+)'|\"([^\"]+)\"|“([^”]+)”|«([^»]+)»|`([^`]+)`)(?!\w)")
_PLACE = re.compile(r"\b(?:in|at|for|about|near|to)\s+([^.?!;\n]*[^.?!;\s])")
_PROPER = re.compile(r"(?<=[\w,] )[A-Z][\w-]*(?: [A-Z][\w-]*)*")
_ARGUMENT = re.compile(r"\s*(?:(\w+)\s*[=:]\s*)?(?:\"([^\"]*)\"|'([^']*)'|([^,]*?))\s*(?:,|$)")
_WORD = re.compile(r"[^\W\d_]{4,}")
# fmt: off
_COMMON_WORDS = frozenset({
    "about", "could", "from", "function", "given", "have", "input", "into", "name", "number", "output",
    "please", "return", "string", "text", "that", "their", "them", "then", "there", "thi", "tool", "used",
    "using", "value", "what", "when", "where", "which", "with", "would", "your",
})
# fmt: on


def explicit_calls(text: str, tools: Sequence[Tool]) -> list[tuple[Tool, dict[str, Any]]]:
    """The calls a text spells out whole, as in "magic_function(3)" or "move(x=1, y=2)"."""
    by_name = {tool.name: tool for tool in tools}
    names = "|".join(sorted(map(re.escape, by_name), key=len, reverse=True))
    found_calls = re.finditer(rf"(?<!\w)({names})\(([^()]*)\)", text) if names else ()
    spelled = [(by_name[found[1]], _spelled_out(by_name[found[1]], found[2])) for found in found_calls]
    return [(tool, arguments) for tool, arguments in spelled if arguments is not None]


def _spelled_out(tool: Tool, text: str) -> dict[str, Any] | None:
    """The arguments between the parentheses, or None where one is missing or does not fit its type."""
    given: dict[str, Any] = {}
    names = list(tool.properties)
    for found in _ARGUMENT.finditer(text.strip()) if text.strip() else ():
        value = found[2] or found[3] or found[4]
        name = found[1] if found[1] in names else next((name for name in names if name not in given), None)
        if not value:
            continue
        if name is None or (is_numeric(tool.properties[name]) and read_number(value) is None):
            return None
        given[name] = _Words(value, whole=True).fit(tool.properties[name], tool.schema)
    return given if all(name in given for name in tool.required) else None


def fill_arguments(tool: Tool, text: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arguments for every required argument of a tool: those given, else what in the text fits its type best."""
    words, given = _Words(text), given or {}
    return {
        name: given[name] if name in given else words.fit(schema, tool.schema, name)
        for name, schema in tool.properties.items()
        if name in given or name in tool.required
    }


def most_relevant(text: str, tools: list[Tool]) -> Tool | None:
    """The tool whose name or description shares clear words with the text: one of its name, or two of the rest."""
    words = _content_words(text)
    scored = [
        (2 * len(words & _content_words(tool.name)) + len(words & _content_words(tool.description)), tool)
        for tool in tools
    ]
    score, best = max(scored, key=lambda pair: pair[0], default=(0, None))
    return best if score >= 2 else None


def _content_words(text: str) -> set[str]:
    words = {word.removesuffix("s") for word in _WORD.findall(text.lower())}
    return words - _COMMON_WORDS


class _Words:
    """The pieces of a text that can become arguments; each is used once, in the order of the text."""

    def __init__(self, text: str, *, whole: bool = False) -> None:
        self._text = text.strip()
        self._numbers = [found[0] for found in _NUMBER.finditer(text)]
        self._strings = [] if whole else self._candidates()

    def _candidates(self) -> list[str]:
        quoted = ["".join(filter(None, groups)) for groups in _QUOTED.findall(self._text)]
        return [*quoted, *_PLACE.findall(self._text), *_PROPER.findall(self._text)]

    def fit(self, schema: JsonSchema, root: JsonSchema, name: str = "", depth: int = 0) -> Any:
        """A value for one argument, by its type."""
        schema = _resolved(schema, root)
        if depth > _MAX_NESTING:
            return None
        if "const" in schema:
            return schema["const"]
        if options := schema.get("enum"):
            return next((option for option in options if str(option).lower() in self._text.lower()), options[0])
        match schema.get("type"):
            case "integer" | "number" as kind:
                return self._number(schema, whole=kind == "integer")
            case "boolean":
                return not re.search(r"\b(?:no|not|false|off|without)\b", self._text, re.IGNORECASE)
            case "null":
                return None
            case "array":
                return self._array(schema, root, depth)
            case "object":
                required = schema.get("required") or []
                properties = schema.get("properties") or {}
                return {key: self.fit(properties.get(key, {}), root, key, depth + 1) for key in required}
        return self._string(name)

    def _number(self, schema: JsonSchema, *, whole: bool) -> int | float:
        value = read_number(self._numbers.pop(0)) if self._numbers else None
        number = json_number(value) if value is not None else 0
        step = 1 if whole else 0.5
        lower, upper = schema.get("minimum"), schema.get("maximum")
        if (above := schema.get("exclusiveMinimum")) is not None:
            lower = above + step
        if (below := schema.get("exclusiveMaximum")) is not None:
            upper = below - step
        number = number if lower is None else max(number, lower)
        number = number if upper is None else min(number, upper)
        return round(number) if whole else number

    def _array(self, schema: JsonSchema, root: JsonSchema, depth: int) -> list[Any]:
        items = schema.get("items") or {}
        numeric = _resolved(items, root).get("type") in ("integer", "number")
        count = len(self._numbers) if numeric else 1
        return [self.fit(items, root, "", depth + 1) for _ in range(max(count, schema.get("minItems") or 0))]

    def _string(self, name: str) -> str:
        label = re.escape(name.replace("_", " "))
        if label and (found := re.search(rf"(?i)\b{label}\s*(?:is|=|:)\s*['\"]?([^'\".,;?!\n]+)", self._text)):
            return str(found[1]).strip()
        return self._strings.pop(0) if self._strings else self._text


def _resolved(schema: JsonSchema, root: JsonSchema) -> JsonSchema:
    """The schema behind a reference, or the first alternative that is not null."""
    for _ in range(_MAX_NESTING):
        if reference := schema.get("$ref"):
            schema = (root.get("$defs") or {}).get(str(reference).rpartition("/")[2], {})
        elif options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            schema = next((option for option in options if option.get("type") != "null"), options[0])
        else:
            break
    return schema
