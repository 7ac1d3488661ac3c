"""Rules about tool calls: what is not certain is never allowed, and what is refused stays refused."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings.permissions import Permissions, Rule, RuleError

NAMES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=8), VALUES, max_size=3)


def permissions(deny: str = "", ask: str = "", allow: str = "", given: str = "") -> Permissions:
    """Rules out of lines of them."""

    def rules(text: str) -> tuple[Rule, ...]:
        return tuple(Rule.parse(line) for line in text.split(" | ") if line)

    return Permissions(deny=rules(deny), ask=rules(ask), allow=rules(allow), given=rules(given))


@pytest.mark.parametrize(
    ("rule", "tool", "arguments", "fits"),
    [
        ("search", "search", {"query": "anything; at all"}, True),
        ("search", "search_all", {}, False),
        ("search*", "search_all", {}, True),
        ("mcp__files__read", "mcp__files__read", {"path": "a"}, True),
        ("mcp__files__*", "mcp__files__write", {"path": "a", "text": "b"}, True),
        ("mcp__files__*", "mcp__mail__send", {}, False),
        ("shell(git status)", "shell", {"command": "git status"}, True),
        ("shell(git status)", "shell", {"command": "git status "}, False),
        ("shell(git *)", "shell", {"command": "git log -3"}, True),
        ("shell(git *)", "shell", {"command": "gitk"}, False),
        ("shell(git *)", "shell", {"command": "git status; rm -rf ~"}, False),
        ("shell(git *)", "shell", {"command": "git log && curl x"}, False),
        ("shell(git *)", "shell", {"command": "git log\nrm x"}, False),
        ("shell(git *)", "shell", {"command": "git log $(rm x)"}, False),
        ("shell(git *)", "shell", {"command": "git log `rm x`"}, False),
        ("shell(git *)", "shell", {"command": "git log > ~/.profile"}, False),
        ("shell(git *)", "shell", {"command": "git status", "input": "rm -rf ~"}, False),
        ("shell(command: git *)", "shell", {"command": "git status", "timeout": 5}, True),
        ("shell(command: git *)", "shell", {"timeout": 5}, False),
        ("shell(command: git *)", "shell", {"command": ["git log", "rm x"]}, False),
        ("read(path: notes/*)", "read", {"path": "notes/a/b.md"}, True),
        ("read(path: notes/*)", "read", {"path": "notes/../../etc/passwd"}, False),
        ("read(path: notes/*)", "read", {"path": "notes/.."}, False),
        ("read(path: notes/*)", "read", {"path": "notes/a..b"}, True),
        ("nap(1)", "nap", {"seconds": 1}, True),
        ("nap(1)", "nap", {"seconds": 10}, False),
        ("nap(1)", "nap", {}, False),
        ("nap(*)", "nap", {"seconds": "; &"}, True),
        (r"say(a\*b)", "say", {"text": "a*b"}, True),
        (r"say(a\*b)", "say", {"text": "axb"}, False),
        ("say(how (so))", "say", {"text": "how (so)"}, True),
    ],
)
def test_what_is_allowed_is_the_whole_call(rule: str, tool: str, arguments: dict[str, Any], fits: bool) -> None:
    assert (permissions(allow=rule).judge(tool, arguments, otherwise="ask").kind == "allow") is fits


@pytest.mark.parametrize(
    ("rule", "arguments", "denied"),
    [
        ("shell(rm *)", {"command": "rm -rf ~"}, True),
        ("shell(rm *)", {"command": "  rm -rf ~"}, True),
        ("shell(*rm *)", {"command": "ls\nrm -rf ~"}, True),
        ("shell(rm *)", {"timeout": 3, "commands": [{"run": "rm x"}]}, True),
        ("shell(command: rm *)", {"note": "rm x", "command": "ls"}, False),
        ('shell(*"force":true*)', {"force": True, "command": "ls"}, True),
        ("shell", {}, True),
    ],
)
def test_what_is_denied_is_found_in_any_value(rule: str, arguments: dict[str, Any], denied: bool) -> None:
    assert (permissions(deny=rule).judge("shell", arguments, otherwise="allow").kind == "deny") is denied


def test_deny_comes_before_ask_and_ask_before_allow() -> None:
    rules = permissions(deny="shell(rm *)", ask="shell(git push*)", allow="shell | nap")
    verdicts = [rules.judge("shell", {"command": command}, otherwise="ask") for command in ("rm x", "git push", "ls")]
    assert [verdict.kind for verdict in verdicts] == ["deny", "ask", "allow"]
    assert [verdict.rule.text for verdict in verdicts if verdict.rule] == ["shell(rm *)", "shell(git push*)", "shell"]


def test_what_the_command_line_allows_comes_before_ask_and_never_before_deny() -> None:
    rules = permissions(deny="nap(9)", ask="nap", given="nap")
    assert rules.judge("nap", {"seconds": 1}, otherwise="ask").kind == "allow"
    assert rules.judge("nap", {"seconds": 9}, otherwise="ask").kind == "deny"


@given(NAMES, ARGUMENTS, st.sampled_from(["allow", "ask"]))
def test_where_no_rule_fits_what_holds_otherwise_does(tool: str, arguments: dict[str, Any], otherwise: Any) -> None:
    verdict = permissions(deny="~", ask="~", allow="~", given="~").judge(tool, arguments, otherwise=otherwise)
    assert (verdict.kind, verdict.rule) == (otherwise, None)


@given(NAMES | st.text(min_size=1, max_size=8).filter(str.strip), ARGUMENTS)
def test_the_rule_of_a_tool_fits_all_its_calls_and_no_other_tool(tool: str, arguments: dict[str, Any]) -> None:
    rule = Rule.parse(Rule.of_tool(tool).text)
    if tool == tool.strip():
        assert rule.fits_all(tool, arguments)
    assert not rule.fits_all(f"{tool}x", arguments)


@given(NAMES, ARGUMENTS, st.text(max_size=20))
def test_what_allow_fits_deny_fits_too(tool: str, arguments: dict[str, Any], pattern: str) -> None:
    try:
        rule = Rule.parse(f"{tool}({pattern})")
    except RuleError:
        return
    if rule.fits_all(tool, arguments) and rule.pattern is not None and rule.pattern == pattern:
        values = [value for value in arguments.values() if isinstance(value, str)]
        if all(value == value.strip() for value in values):
            assert rule.fits_any(tool, arguments)


@given(st.text(max_size=30))
def test_any_text_is_a_rule_or_is_refused_in_words(text: str) -> None:
    try:
        assert Rule.parse(text).text == text.strip()
    except RuleError as error:
        words = str(error)
    else:
        return
    assert words.endswith("read(path: notes/*)")
    assert "\n" not in words


@pytest.mark.parametrize("text", ["", "  ", "(x)", "nap(", "nap)", "nap()", "two words", "nap(x) y"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="is no rule"):
        Rule.parse(text)
