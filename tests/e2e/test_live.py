"""The whole program against a model's server that a test drives fragment by fragment."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.asking import transcripts
from tests.e2e.server import Cut, Gate, Part, arguments, call, finish, model_server, text, usage
from tests.e2e.terminal import ENTER, ESC, Terminal, ctrl

pytestmark = pytest.mark.journey

READY = "○ ready"
USER_TOOLS = '''
from pathlib import Path
import os, time

def hold(name: str) -> str:
    """Hold until the file is there."""
    while not Path(os.environ["E2E_FILE"]).exists():
        time.sleep(0.01)
    return name
'''


def reached(gate: Gate) -> Callable[[Terminal], bool]:
    """Whether the server has come to the gate; the terminal goes on reading meanwhile."""
    return lambda _terminal: gate.is_reached


def test_every_fragment_of_a_call_is_visible_before_the_call_is_complete() -> None:
    gates = [Gate() for _ in range(7)]
    shown = [
        ("multiply", call("multiply")),
        ("x: 12", arguments('{"x": 12')),
        ("x: 1234", arguments("34")),
        ("y: 0.5", arguments(', "y": 0.5')),
        ("y: 0.57", arguments("7")),
    ]
    reply = [part for gate, (_, chunk) in zip(gates, shown, strict=False) for part in (gate, chunk)]
    with (
        model_server(
            [*reply, gates[5], arguments("}"), finish("tool_calls")], [gates[6], text("That."), finish()]
        ) as server,
        Terminal(env=server.environment) as terminal,
    ):
        terminal.wait_for(READY)
        terminal.send("go", ENTER)
        for gate, (words, _chunk) in zip(gates, shown, strict=False):
            terminal.wait_for(reached(gate))
            assert words not in terminal.text
            gate.open()
            terminal.wait_for(words)
            assert "→" not in terminal.text
        gates[5].open()
        terminal.wait_for("→ 703.38")
        gates[6].open()
        terminal.wait_for("✓ answered")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0


def test_a_tool_shows_as_running_and_a_cancel_does_not_wait_for_it(tmp_path: Path) -> None:
    (tmp_path / "e2e_hold.py").write_text(USER_TOOLS)
    env = {"E2E_FILE": str(tmp_path / "open")}
    with (
        model_server([call("hold", '{"name": "x"}'), finish("tool_calls")], [text("Well again."), finish()]) as server,
        Terminal("--tools", "e2e_hold:hold", env={**env, **server.environment}, cwd=tmp_path) as terminal,
    ):
        terminal.wait_for(READY)
        terminal.send("hold it", ENTER)
        terminal.wait_for("asks to run")
        terminal.wait_for(lambda t: t.colour_of("this session") == t.colour_of("hold it") != "")
        terminal.send("o")
        terminal.wait_for("● running hold")
        terminal.send(ESC)
        terminal.wait_for("Cancelled")
        terminal.send("and now?", ENTER)
        terminal.wait_for("Well again.")
        (tmp_path / "open").touch()  # the thread that was left behind ends now, and nothing is heard of it
        terminal.wait_for("✓ answered")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
    (path,) = transcripts()
    kinds = [json.loads(line)["type"] for line in path.read_text().splitlines()]
    assert kinds.count("TOOL_CALL_RESULT") == 0
    assert kinds.count("RUN_ERROR") == kinds.count("RUN_FINISHED") == 1


def test_a_model_that_fails_in_mid_answer_leaves_what_it_said_and_the_next_question_works() -> None:
    replies: list[list[Part]] = [
        [text("The answer is"), Cut()],
        [text("Perhaps it"), finish("length")],
        [text("All good."), finish(), usage(10, 3)],
    ]
    with model_server(*replies) as server, Terminal(env=server.environment) as terminal:
        terminal.wait_for(READY)
        terminal.send("what?", ENTER)
        terminal.wait_for("The model failed")
        assert "The answer is" in terminal.text
        assert "r\u00a0in\u00a0this\u00a0pane\u00a0tries\u00a0again" in terminal.text
        terminal.send("what then?", ENTER)
        terminal.wait_for("The model's output was cut short")
        assert "Perhaps it" in terminal.text
        terminal.send("and now?", ENTER)
        terminal.wait_for("All good.")
        terminal.wait_for("✓ answered")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
    assert len(server.requests) == 3
    (path,) = transcripts()
    ends = [json.loads(line) for line in path.read_text().splitlines() if "RUN_ERROR" in line or "RUN_FIN" in line]
    assert [end.get("code", end["type"]) for end in ends] == ["model_error", "truncated", "RUN_FINISHED"]
