"""The settings file: each mistake is told with its line and what is allowed, and costs nothing but itself."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings.file.contents import SettingsFile
from agent.settings.file.parsing import parse_settings
from agent.settings.file.reading import read_settings, settings_path
from agent.settings.file.tables import Document, json_schema
from agent.settings.file.template import TEMPLATE

GOOD = """\
model = "openai:a"
temperature = 0.5

[permissions]
allow = ["nap"]

[screen]
fold = "none"
"""


def parsed(text: str) -> SettingsFile:
    """A file with this text."""
    return parse_settings(text.encode(), Path("settings.toml"))


def told(text: str) -> list[str]:
    """What is wrong with it, without the file's name."""
    return [str(problem).removeprefix("settings.toml") for problem in parsed(text).problems]


def test_a_file_without_a_mistake_is_taken_whole() -> None:
    file = parsed(GOOD)
    assert (file.problems, file.is_trusted) == ((), True)
    assert (file.document.model, file.document.temperature) == ("openai:a", 0.5)


@pytest.mark.parametrize(
    ("mistake", "line", "words"),
    [
        ("modle = 'x'", 1, ["there is no modle", "did you mean model?", "max_iterations"]),
        ("model = 3", 1, ["model: a text is needed"]),
        ("model = 'gpt-4o'", 1, ["model: offline, openai:NAME or PROVIDER:NAME is needed", "tickertape models"]),
        ("[profiles.y]\nmodel = 'x:'", 2, ["profiles.y.model: offline"]),
        ("temperature = 0\ntemperature = 1", 2, ["temperature is written twice; what is written first holds"]),
        ("[screen]\n[keys]\n[screen]\nfold = 'all'", 3, ["screen is written twice"]),
        ("temperature = 3", 1, ["from 0 to 2"]),
        ("temperature = '0'", 1, ["from 0 to 2"]),
        ("max_iterations = 0", 1, ["a whole number of 1 or more"]),
        ("screen = 3", 1, ["a table is needed, [screen]"]),
        ("\n[screen]\nfold = 'smrt'", 3, ['"all", "none" or "smart" is needed']),
        ("\n[screen]\nascii = 'yes'", 3, ["true or false"]),
        ("[screen]\ncolour = 1", 2, ["there is no screen.colour", "theme"]),
        ("[permissions]\nallow = 'nap'", 2, ['["a list", "of texts"]']),
        ("[permissions]\ndeny = [\n 'ok',\n 'nap(',\n]", 4, ["is no rule", "write tool"]),
        ("[providers.a]\nkey_env = 'A'", 1, ["[providers.a]: base_url is needed"]),
        ("[providers.a]\nbase_url = 'ftp://x'", 2, ["http:// or https://"]),
        ("[providers.a]\nbase_url = 'http://x'\nkey_env = 'sk-12-34'", 3, ["a key is never kept here"]),
        ("[providers.a]\nbase_url = 'http://x'\napi_key = 'sk-12-34'", 3, ["a key is never kept here"]),
        (
            "[providers.a]\nbase_url = 'http://x'\nheaders = {Authorization = 'Bearer sk-12-34'}",
            3,
            ["a secret is never kept here", "${NAME}"],
        ),
        ("[providers]\na = 3", 2, ["a table is needed, [providers.a]"]),
        ("[mcp.a]\ncommand = 'x'\nurl = 'http://x'", 1, ["either command or url is needed"]),
        ("[agents.a]\ndescription = 'x'", 2, ["there is no agents.a.description"]),
        ("profile = 'x'\n[profiles.y]\n", 1, ["there is no [profiles.x]", "y"]),
        ("[profiles.y.screen]\nfold = 1", 2, ["profiles.y.screen.fold"]),
        ("[keys]\n'a.b' = ['x']", 2, ["keys.a.b: a text is needed"]),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(mistake: str, line: int, words: list[str]) -> None:
    problems = told(mistake)
    matching = [problem for problem in problems if problem.startswith(f":{line}: ")]
    assert any(all(word in problem for word in words) for problem in matching), problems
    assert "sk-12-34" not in "".join(problems)


@pytest.mark.parametrize(
    ("mistake", "line"),
    [("key = ", 1), ("[keys", 1), ("text = 'abc", 1), ("\n\x00", 2), ("x = [1,\n2", 1), ("]", 1)],
)
def test_what_is_no_toml_is_told_by_its_line_and_the_rest_is_taken(mistake: str, line: int) -> None:
    file = parsed(f"{mistake}\n{GOOD}")
    assert f"settings.toml:{line}: this is no TOML" in "\n".join(map(str, file.problems))
    assert isinstance(file.document.screen, msgspec.Struct)
    assert file.document.screen.fold == "none"


def test_under_a_broken_header_nothing_is_taken_for_another_tables() -> None:
    file = parsed("[permissions]\nallow = ['a']\n[keys\nallow = ['b']\n[screen]\nfold = 'all'\n")
    assert file.document.permissions.allow == ["a"]  # type: ignore[union-attr]
    assert file.document.screen.fold == "all"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "mistake", ["[permissions\n", "[permissions]\ndeny = ['nap(']\n", "x = \n", "[permissions]\ndeni = ['nap']\n"]
)
def test_where_a_rule_may_be_lost_nothing_is_trusted(mistake: str) -> None:
    assert not parsed(mistake).is_trusted


def test_a_mistake_elsewhere_leaves_the_rules_trusted() -> None:
    assert parsed("modle = 1\n[screen]\nfold = 1\n[permissions]\nallow = ['nap']\n").is_trusted


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"model = '\xe9'\n", b"\xef\xbb\xbfmodel = 'x:y'\r\n", b"\x00" * 99])
def test_any_bytes_are_read_without_a_failure(data: bytes) -> None:
    file = parse_settings(data, Path("s"))
    assert bool(file.problems) is not data.startswith(b"\xef\xbb\xbf")


JSON = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3) | st.floats(0, 3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["model", "fold", "allow", "base_url", "x", "url"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*Document.__struct_fields__, "other"]), JSON, max_size=4))
def test_any_values_leave_a_document_and_tell_what_they_lost(values: dict[str, Any]) -> None:
    import tomlkit

    file = parse_settings(tomlkit.dumps(values).encode(), Path("s"))
    try:
        msgspec.convert(values, Document)
    except msgspec.ValidationError:
        assert file.problems
    assert all(problem.line is not None or "nothing is allowed" in problem.text for problem in file.problems)


@given(st.binary(max_size=200))
def test_any_bytes_leave_a_document(data: bytes) -> None:
    assert isinstance(parse_settings(data, Path("s")).document, Document)


def test_a_file_that_is_not_there_says_nothing_and_one_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml").problems == ()
    assert read_settings(Path(os.devnull)).problems == ()
    folder = read_settings(tmp_path)
    assert "cannot be read" in str(folder.problems[0])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "it is no file" in str(read_settings(pipe).problems[0])


def test_the_place_is_named_by_a_variable_or_is_the_platforms(tmp_path: Path) -> None:
    assert settings_path({"TICKERTAPE_CONFIG": "~/x.toml"}) == Path("~/x.toml").expanduser()
    assert settings_path({"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/h"}).name == "settings.toml"


def test_the_template_says_every_setting_and_all_that_it_says_can_be_set() -> None:
    assert parsed(TEMPLATE).problems == ()
    lines = [line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in TEMPLATE.splitlines()]
    file = parsed("\n".join(lines))
    assert file.problems == ()

    def unset(struct: Any) -> list[str]:
        return [name for name in struct.__struct_fields__ if getattr(struct, name) is msgspec.UNSET]

    assert unset(file.document) == []
    assert [
        name for part in ("tools", "context", "screen", "permissions") for name in unset(getattr(file.document, part))
    ] == []


def test_the_schema_holds_every_table_closed() -> None:
    definitions = json_schema()["$defs"]
    assert {"Document", "Screen", "Provider", "Mcp", "Agent"} <= definitions.keys()
    assert all(definition["additionalProperties"] is False for definition in definitions.values())
