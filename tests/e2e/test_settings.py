"""The settings in the whole program: keys of one's own, mistakes, and changes that are taken at once."""

import json
import os
import tomllib
from pathlib import Path

import pytest

from tests.e2e.asking import run
from tests.e2e.terminal import ENTER, Terminal
from tests.key_table import with_key_table
from tests.places import ROOT
from tui.actions import ACTIONS

pytestmark = pytest.mark.journey

READY = "○ ready"
F3 = "\x1bOR"


def test_a_mistake_is_told_at_the_start_and_what_the_editor_changes_is_taken_at_once(tmp_path: Path) -> None:
    config, editor = tmp_path / "settings.toml", tmp_path / "editor"
    config.write_text("modle = 'x'\n")
    editor.write_text('#!/bin/sh\nprintf \'[keys]\\n"app.help" = "f12"\\n\' > "$1"\n')
    editor.chmod(0o755)
    env = {"TICKERTAPE_CONFIG": str(config), "EDITOR": str(editor), "TICKERTAPE_OFFLINE_RATE": "0"}
    with Terminal(env=env) as terminal:
        terminal.wait_for("settings.toml:1: there is no modle")
        terminal.wait_for(READY)
        terminal.send(F3)
        terminal.wait_for("F12 help")
        terminal.send("1 + 1", ENTER)
        terminal.wait_for("1 + 1 equals 2.")


_MISTAKES: list[tuple[str, tuple[str, ...]]] = [
    ('modle = "x"', ("there is no modle", "did you mean model?", "allowed: ")),
    ('model = "gpt-4o"', ("model", "PROVIDER:NAME")),
    ('temperature = "warm"', ("temperature: a number from 0 to 2 is needed",)),
    ("max_iterations = 0", ("a whole number of 1 or more is needed",)),
    ("chunk_timeout = 5", ()),
    ("chunk_timeout = 6", ("chunk_timeout is written twice", "first holds")),
    ("first_token_timeout =", ("this is no TOML",)),
    ('profile = "nobody"', ("there is no [profiles.nobody]", "allowed: careful")),
    ("[profiles.careful]", ()),
    ('past = "all"', ("there is no profiles.careful.past",)),
    ("[screen]", ()),
    ('theme = "sunset"', ("there is no theme sunset", "allowed: ", "tickertape-dark", "nord")),
    ('fold = "some"', ('"all", "none" or "smart" is needed',)),
    ("mouse = 1", ("true or false is needed",)),
    ("[permissions]", ()),
    ('allow = "search"', ('["a list", "of texts"] is needed',)),
    ('deny = ["shell("]', ("is no rule",)),
    ("[breakpoints]", ()),
    ('stop = ["cost >"]', ("breakpoints.stop", "cost >")),
    ("[providers.home]", ()),
    ('base_url = "localhost:11434"', ("http:// or https://",)),
    ("[themes.mine]", ()),
    ('primary = "#zzz"', ("#rrggbb",)),
    ("[keys]", ()),
    ('"app.help" = "f12"', ()),
    ('"app.fnd" = "f5"', ('there is no action "app.fnd"', "did you mean app.find?", "app.search")),
    ('"app.find" = "ctrl+nokey"', ('"ctrl+nokey" is no key', "ctrl+n")),
    ('"app.search" = "ctrl+n"', ("app.search", "app.new_chat", "ctrl+n")),
    ('"history.pin" = "u"', ("history.pin", "history.undo")),
    ('"input.later" = "f5"', ("has no keys of its own",)),
]
"""Lines of a settings file, each with what is said of it; a table that lacks what it needs is told at its header."""


def test_every_kind_of_mistake_is_told_with_its_line_and_what_is_allowed_and_the_rest_holds(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("\n".join(line for line, _ in _MISTAKES))
    env = {"TICKERTAPE_CONFIG": str(config), "TICKERTAPE_OFFLINE_RATE": "0"}
    checked = run("config", "check", env=env)
    told = checked.text.splitlines()
    lines = [int(problem.removeprefix(f"{config}:").partition(":")[0]) for problem in told]
    assert (checked.code, lines) == (2, sorted(lines))
    for number, (line, words) in enumerate(_MISTAKES, 1):
        here = [problem for problem in told if problem.startswith(f"{config}:{number}: ")]
        assert not words or any(all(word in problem for word in words) for problem in here), (line, told)
    with Terminal(env=env) as terminal:
        terminal.wait_for("settings.toml:1: there is no modle")
        terminal.wait_for("F12 help")
        terminal.send("1 + 1", ENTER)
        terminal.wait_for("1 + 1 equals 2.")


@pytest.mark.parametrize(
    ("kind", "words"), [("folder", "it is no file"), ("pipe", "it is no file"), ("large", "it is larger")]
)
def test_a_file_that_cannot_be_read_is_told_and_the_program_starts(tmp_path: Path, kind: str, words: str) -> None:
    config = tmp_path / "settings.toml"
    if kind == "folder":
        config.mkdir()
    elif kind == "pipe":
        os.mkfifo(config)
    else:
        config.write_text("#" * 1_000_001)
    env = {"TICKERTAPE_CONFIG": str(config), "TICKERTAPE_OFFLINE_RATE": "0"}
    with Terminal(env=env) as terminal:
        terminal.wait_for(f"settings.toml: cannot be read: {words}")
        terminal.send("1 + 1", ENTER)
        terminal.wait_for("1 + 1 equals 2.")


def test_the_registry_the_schema_the_command_and_the_readme_tell_of_the_same_keys() -> None:
    own = {action.id: action.keys for action in ACTIONS.values() if not action.fixed}
    listed = tomllib.loads(run("config", "keys").text)["keys"]
    schema = json.loads(run("config", "schema").text)["$defs"]["Document"]["properties"]["keys"]
    assert listed == own
    assert {id_: one["default"] for id_, one in schema["properties"].items()} == own
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_key_table(readme) == readme
