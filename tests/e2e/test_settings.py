"""The settings in the whole program: keys of one's own, mistakes, and changes that are taken at once."""

from pathlib import Path

import pytest

from tests.e2e.terminal import ENTER, Terminal

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
        terminal.wait_for(f"{config}:1: there is no modle")
        terminal.wait_for(READY)
        terminal.send(F3)
        terminal.wait_for("F12 help")
        terminal.send("1 + 1", ENTER)
        terminal.wait_for("1 + 1 equals 2.")
