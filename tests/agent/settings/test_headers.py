"""Headers of the settings: variables of the environment in their places, and nothing else changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.settings.headers import filled_headers


@given(st.dictionaries(st.text(min_size=1), st.text().filter(lambda text: "${" not in text)))
def test_what_names_no_variable_stays_as_it_is(headers: dict[str, str]) -> None:
    assert filled_headers(headers, {"A": "x"}, table="mcp.own") == headers


def test_each_variable_that_a_header_names_is_in_its_place_as_it_is_and_once() -> None:
    filled = filled_headers({"X": "${A} ${B_2}, $A $$ ${ }"}, {"A": r"\1${B_2}", "B_2": ""}, table="mcp.own")
    assert filled == {"X": r"\1${B_2} , $A $$ ${ }"}


def test_a_variable_that_is_not_set_is_named_with_the_table_that_names_it() -> None:
    with pytest.raises(UsageError, match=r"set TOKEN, which the headers of \[agents.far\] name"):
        filled_headers({"Authorization": "Bearer ${TOKEN}"}, {"TOKEN_2": "x"}, table="agents.far")
