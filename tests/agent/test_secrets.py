"""Secrets are hidden wherever they stand, and ordinary words are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.secrets import Secrets

ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-proj-0123456789abcdef",
    "GITHUB_TOKEN": "a-token-of-mine",
    "DATABASE_URL": "postgres://me:pass%20word%21@db/x",
    "DB_PASSWORD": "short",
    "HOME": "/home/somebody",
    "KEYBOARD": "a-keyboard-layout",
}


@pytest.mark.parametrize("secret", ["sk-proj-0123456789abcdef", "a-token-of-mine", "pass%20word%21", "pass word!"])
def test_what_the_environment_names_a_secret_is_hidden(secret: str) -> None:
    assert Secrets.of(ENVIRONMENT).hidden(f"before {secret} after") == "before … after"


@pytest.mark.parametrize("text", ["/home/somebody", "a-keyboard-layout", "short", "postgres://db/x"])
def test_the_rest_of_the_environment_is_not(text: str) -> None:
    assert Secrets.of(ENVIRONMENT).hidden(text) == text


def test_headers_are_secret_but_for_those_that_everybody_sends() -> None:
    headers = {"X-Api-Key": "planted-one", "X-Tenant": "planted-two", "Accept": "application/json"}
    told = Secrets.of({}, None, headers=headers).hidden("planted-one planted-two application/json")
    assert told == "… … application/json"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("POST http://user:pw@host:80/v1 200", "POST http://…@host:80/v1 200"),
        ("for url 'https://host/x?q=1&api_key=abc&n=2'", "for url 'https://host/x?q=1&api_key=…&n=2'"),
        ("{'Authorization': 'Bearer abc123def', 'x': 1}", "{'Authorization': '… …', 'x': 1}"),
        ("sent Bearer abc123def", "sent Bearer …"),
        ('{"x-api-key": "abcdef"}', '{"x-api-key": "…"}'),
        ("Incorrect API key provided: sk-abcdefghijkl.", "Incorrect API key provided: …."),
    ],
)
def test_what_looks_like_a_secret_is_hidden_whoever_wrote_it(text: str, hidden: str) -> None:
    assert Secrets().hidden(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "The API key is missing; set OPENAI_API_KEY",
        "a basic understanding of the bearer of news",
        "see https://host/path?page=2, or write to me@host",
        "x: Field required; y: Input should be a valid integer",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Secrets().hidden(text) == text


@given(st.text(st.characters(categories=["L", "N"]), min_size=8), st.text(), st.text())
def test_a_known_secret_is_nowhere_left(secret: str, before: str, after: str) -> None:
    assert secret not in Secrets([secret]).hidden(before + secret + after).replace("…", "")
