"""Changing the settings file: what was not meant stays as it is, to the byte."""

import tomllib
from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.settings.file.reading import read_settings
from agent.settings.file.template import TEMPLATE
from agent.settings.file.writing import add_rule, create_settings, set_value

OWN = """\
# mine
model = "offline"   # for now

[permissions]
allow = [
    "nap",   # it only sleeps
]

[screen]
# quiet
bell = "off"
"""


def test_a_rule_is_added_behind_the_others_and_all_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(OWN)
    add_rule(path, "allow", "search")
    text = path.read_text()
    assert tomllib.loads(text)["permissions"]["allow"] == ["nap", "search"]
    assert [line for line in OWN.splitlines() if line not in text.splitlines()] == []


@pytest.mark.parametrize("text", ["", OWN, TEMPLATE, "[permissions]\n"])
def test_what_is_set_is_read_again(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep" / "settings.toml"
    if text:
        create_settings(path, text)
    set_value(path, "screen.theme", "mine")
    set_value(path, "model", "openai:x")
    add_rule(path, "allow", "a(b)")
    add_rule(path, "deny", 'say("hi")')
    file = read_settings(path)
    assert file.problems == ()
    assert (file.document.model, file.document.screen.theme) == ("openai:x", "mine")  # type: ignore[union-attr]
    assert file.document.permissions.deny == ['say("hi")']  # type: ignore[union-attr]
    assert [line for line in text.splitlines() if line.startswith("#") and line not in path.read_text()] == []


def test_what_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(OWN)
    before = path.stat()
    add_rule(path, "allow", "nap")
    set_value(path, "model", "offline")
    assert path.stat().st_ino == before.st_ino
    assert path.read_text() == OWN


def test_a_file_that_is_no_toml_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[permissions\n")
    with pytest.raises(SettingsError, match="was not changed"):
        add_rule(path, "allow", "nap")
    assert path.read_text() == "[permissions\n"


@pytest.mark.parametrize("text", ["permissions = 3\n", "[permissions]\nallow = 'nap'\n"])
def test_what_stands_in_the_place_of_a_list_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="mend it"):
        add_rule(path, "allow", "nap")
    assert path.read_text() == text


def test_a_link_stays_one_and_the_files_mode_stays_too(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.toml"
    kept.write_text(OWN)
    kept.chmod(0o640)
    link = tmp_path / "settings.toml"
    link.symlink_to(kept)
    set_value(link, "model", "openai:x")
    assert link.is_symlink()
    assert "openai:x" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_there_is_never_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    create_settings(path, OWN)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SettingsError, match="never overwritten"):
        create_settings(path, "")
    assert path.read_text() == OWN
