"""A branch beside what it leaves, in a real terminal: from the replay to the chat that goes on with it."""

import pytest

from tests.e2e.asking import data_dir, transcripts
from tests.e2e.server import Gate, finish, model_server, text
from tests.e2e.terminal import ENTER, ESC, Terminal
from tests.places import ROOT

pytestmark = pytest.mark.journey

SAMPLE = ROOT / "agent" / "recordings" / "sample.jsonl"


@pytest.mark.parametrize("columns", [120, 80])
def test_a_branch_is_seen_beside_its_original_while_it_goes_on_and_after(columns: int) -> None:
    gate = Gate()
    with (
        model_server([text("Otherwise "), gate, text("said."), finish()], [text("More."), finish()]) as server,
        Terminal("replay", str(SAMPLE), columns=columns, rows=40, env=server.environment) as terminal,
    ):
        terminal.wait_for("playing")
        terminal.send(" ")
        terminal.wait_for("paused")
        terminal.send("0", "t", "w")
        terminal.wait_for("What is otherwise from")
        terminal.send("model=openai:other", ENTER)
        terminal.wait_for(lambda t: "model=openai:other" in t.text and "NAME=VALUE" in t.text)
        terminal.send(ENTER)
        terminal.wait_for(lambda t: "Otherwise" in t.text and "difference so far" in t.text)
        assert "original: sample@turn:1" in terminal.text
        gate.open()
        terminal.wait_for("said.")
        terminal.wait_until_gone("so far")
        terminal.wait_for("equals 224")
        terminal.wait_for("differences")
        terminal.send("d", "e", " ", "\x1b[F")
        terminal.wait_until_still()
        terminal.send(ESC)
        terminal.wait_for("Ask anything")
        terminal.send("and then?")
        terminal.wait_for(lambda t: t.prompt == "and then?")
        terminal.send(ENTER)
        terminal.wait_for("More.")
    (branch,) = transcripts()
    assert branch.is_relative_to(data_dir())
    assert b'"model=openai:other"' in branch.read_bytes()
