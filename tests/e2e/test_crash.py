"""What is left after the program was killed, and two of it on one session."""

import json
import os
import signal

import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui

from tests.e2e.asking import ask, data_dir, finished, start, transcripts
from tests.e2e.server import Gate, Part, arguments, call, finish, model_server, text
from tests.e2e.terminal import ENTER, Terminal, ctrl

pytestmark = pytest.mark.journey

READY = "○ ready"


def test_every_event_that_was_printed_is_saved_when_the_program_is_killed() -> None:
    process = start("ask", "--format", "events", "What is 10 + 10", env={"TICKERTAPE_OFFLINE_RATE": "10"})
    assert process.stdout is not None
    printed = b"".join(process.stdout.readline() for _ in range(20))
    process.send_signal(signal.SIGKILL)
    outcome = finished(process, before=printed)
    assert outcome.code == -signal.SIGKILL
    (path,) = transcripts()
    saved = path.read_bytes()
    whole = outcome.out[: outcome.out.rfind(b"\n") + 1]
    assert whole.count(b"\n") >= 20
    assert saved.startswith(whole)

    again = ask("--format", "events", "--resume", path.stem, "What is 1 + 1")
    assert again.code == 0
    after = path.read_bytes()
    assert after.startswith(saved[: saved.rfind(b"\n") + 1])
    assert after.endswith(again.out)
    closing = json.loads(after.removesuffix(again.out).splitlines()[-1])
    assert (closing["type"], closing["code"]) == ("RUN_ERROR", "interrupted")
    assert_valid_agui(after.decode(), max_warnings=0)


def test_all_that_was_painted_is_there_when_the_killed_program_is_opened_again() -> None:
    gate = Gate()
    reply: list[Part] = [
        text("So far "),
        text("so good"),
        call("add"),
        arguments('{"x": 17'),
        gate,
        finish("tool_calls"),
    ]
    with model_server(reply, [text("Once more."), finish()]) as server:
        with Terminal(env=server.environment) as terminal:
            terminal.wait_for(READY)
            terminal.send("begin", ENTER)
            terminal.wait_for("So far so good")
            terminal.wait_for("x: 17")
            terminal.kill()
        (path,) = transcripts()
        with Terminal("--resume", path.stem[:8], env=server.environment) as terminal:
            terminal.wait_for("Interrupted before it was finished")
            assert "So far so good" in terminal.text
            terminal.wait_for("x: 17")
            terminal.send("go on", ENTER)
            terminal.wait_for("Once more.")
            terminal.wait_for("✓ answered")
            terminal.send(ctrl("q"))
            assert terminal.wait_exit() == 0
    assert transcripts() == [path]
    assert_valid_agui(path.read_text(), max_warnings=0)


def test_a_second_instance_follows_and_goes_on_in_a_copy() -> None:
    gate, last = Gate(), Gate()
    first_reply: list[Part] = [text("Written "), gate, text("by the first."), last, finish()]
    with (
        model_server(first_reply, [text("The copy's own."), finish()]) as server,
        Terminal(env=server.environment) as first,
    ):
        first.wait_for(READY)
        first.send("begin", ENTER)
        first.wait_for("Written")
        (path,) = transcripts()
        refused = ask("--resume", path.stem, "me too", env=server.environment)
        assert (refused.code, refused.out) == (2, b"")
        assert "open in another instance" in refused.err
        with Terminal("--continue", env=server.environment) as second:
            second.wait_for("Another instance has this session open")
            second.wait_for("Written")
            gate.open()
            first.wait_for("by the first.")
            second.wait_for("by the first.")
            second.send("me too", ENTER)
            second.wait_for("The copy's own.")
            second.send(ctrl("q"))
            assert second.wait_exit() == 0
        last.open()
        first.wait_for("✓ answered")
        first.send(ctrl("q"))
        assert first.wait_exit() == 0
    assert len(server.requests) == 2
    original, copy = (path, next(other for other in transcripts() if other != path))
    assert "copy's own" not in original.read_text()
    lines = [json.loads(line) for line in copy.read_text().splitlines()]
    ends = [line.get("code", line["type"]) for line in lines if line["type"] in ("RUN_FINISHED", "RUN_ERROR")]
    assert ends == ["interrupted", "RUN_FINISHED"]
    starts = [line for line in lines if line["type"] == "RUN_STARTED"]
    assert starts[1]["metadata"]["parentSession"] == original.stem
    for saved in (original, copy):
        assert_valid_agui(saved.read_text(), max_warnings=0)


def test_a_name_that_is_no_text_among_the_sessions_ends_nothing() -> None:
    folder = data_dir() / "sessions"
    with Terminal(env={"TICKERTAPE_OFFLINE_RATE": "0"}) as terminal:
        terminal.wait_for(READY)
        terminal.send("1 + 1", ENTER)
        terminal.wait_for("equals 2.")
        for _ in range(3):
            with open(os.fsencode(folder) + b"/\xff.jsonl", "ab") as file:
                file.write(b"{}\n")
            terminal.wait_until_still(1)
        ask("2 + 2")
        terminal.wait_for(lambda t: "2 + 2" in "\n".join(line[:29] for line in t.lines))
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
