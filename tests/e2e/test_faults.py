"""A fault of ours, wherever it is: the terminal is given back, what was said is saved whole, and one line tells."""

import json
import sys

import pytest

from tests.e2e.asking import data_dir, transcripts
from tests.e2e.server import Gate, model_server, text
from tests.e2e.terminal import ENTER, Terminal
from tests.e2e.test_terminal import READY, assert_restored, last_words

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(
    ("where", "key"),  # without a key it fails at once
    [
        ("tui.panes.prompt.input:Prompt.action_new_line", "\n"),  # what a key does in a widget
        ("tui.screens.base.screen:PanesScreen.action_help", "\x1bOP"),  # in the screen
        ("tui.app.app:TickertapeApp.action_edit_settings", "\x1bOR"),  # in the application
        ("tui.screens.chat.turns.queue:Queue.add", "more\r"),  # what a message does
        ("tui.panes.log.log:MessageLog.render_lines", None),  # drawing
        ("tui.terminal.input:InputReader.feed", None),  # the thread that reads
    ],
)
def test_a_fault_in_the_middle_of_an_answer_loses_nothing_and_is_told_in_one_line(where: str, key: str | None) -> None:
    gate = Gate()
    command = [sys.executable, "-m", "tests.e2e.faulty", where]
    with (
        model_server([text("half "), text("of it"), gate]) as server,
        Terminal(env=server.environment, command=command) as terminal,
    ):
        if key is not None:
            terminal.wait_for(READY)
            terminal.send("go", ENTER)
            terminal.wait_for("half of it")
            terminal.send(key)
        assert terminal.wait_exit() == 1
        gate.open()
        assert_restored(terminal)
        said = last_words(terminal)
        assert said.count("a fault of its own: Fault: in ") == 1
        assert f"; log: {data_dir()}" in said
        assert "Traceback (most recent call last)" in next(data_dir().rglob("*.log")).read_text()
        if key is not None:
            (path,) = transcripts()
            events = [json.loads(line) for line in path.read_text().splitlines()]
            assert "".join(event.get("delta", "") for event in events) == "half of it"
            assert (events[-1]["type"], events[-1]["code"]) == ("RUN_ERROR", "cancelled")
            assert f"--resume {path.stem}" in said
