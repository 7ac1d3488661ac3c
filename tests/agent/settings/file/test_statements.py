"""Where keys stand in a TOML text."""

import tomllib
from typing import Any

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from agent.settings.file.statements import line_of, statements

TEXT = '''\
# about
top = 1

[a]
one = "]"     # [not.a.header]
list = [
    "x",      # ]
    "y # z",
]
"quoted key".inner = 2
[[a.b]]
long = """
[not]
key = 1
"""
after = 3
[c]
'''


def test_each_key_has_the_line_where_it_stands() -> None:
    wanted = {
        ("top",): 2,
        ("a",): 4,
        ("a", "one"): 5,
        ("a", "list"): 6,
        ("a", "quoted key", "inner"): 10,
        ("a", "b"): 11,
        ("a", "b", "long"): 12,
        ("a", "b", "after"): 16,
        ("c",): 17,
    }
    assert {path: line_of(TEXT, path) for path in wanted} == wanted


def test_a_value_in_a_list_has_a_line_of_its_own() -> None:
    assert line_of(TEXT, ("a", "list"), "y # z") == 8


def test_what_is_not_there_has_the_line_of_what_it_would_stand_in() -> None:
    assert line_of(TEXT, ("a", "none")) == 4
    assert line_of(TEXT, ("none",)) is None


KEYS = st.text("abc._- '", min_size=1, max_size=4)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers(0, 9) | st.text("ab\n\"'[]{}#=\\", max_size=8) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
TABLES = st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=3), max_size=4)


@given(TABLES)
def test_a_statement_by_itself_holds_its_own_key(values: dict[str, Any]) -> None:
    text = tomlkit.dumps(values)
    lines = text.split("\n")
    table = ""
    for statement in statements(text):
        own = "\n".join(lines[statement.first - 1 : statement.last])
        if statement.is_header:
            table = own
        elif statement.path:
            tomllib.loads(f"{table}\n{own}")


@given(st.text("ab=[]{}\"'#\n\\ .", max_size=60))
def test_any_text_is_gone_through_line_by_line(text: str) -> None:
    last = 0
    for statement in statements(text):
        assert statement.first == last + 1
        last = statement.last
    assert last in (text.count("\n"), text.count("\n") + 1)
