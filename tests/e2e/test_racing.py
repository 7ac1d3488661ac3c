"""A race in a real terminal: who fails and who stalls hold up nobody, and the one that answered is gone on with."""

import pytest

from tests.e2e.server import Gate, Refusal, finish, model_server, text
from tests.e2e.terminal import ENTER, ESC, TAB, Terminal

pytestmark = pytest.mark.journey


def test_one_that_stalls_and_one_that_fails_hold_up_nobody() -> None:
    gate = Gate()
    with model_server([text("I begin "), gate, text("late."), finish()], Refusal(400, "no such model")) as server:
        environment = {**server.environment, "TICKERTAPE_OFFLINE_RATE": "0"}
        words = ("race", "What is 10 + 10", "--models", "offline,openai:one,openai:other")
        with Terminal(*words, env=environment) as terminal:
            terminal.wait_for("10 + 10 equals 20.")
            terminal.wait_for("1st of 3 to answer")
            terminal.wait_for("no such model")
            terminal.wait_for("I begin")
            terminal.wait_for("1 answered, 1 go on")
            terminal.send(TAB, TAB, TAB)
            terminal.wait_for("Enter keep this one")
            terminal.send(ESC)
            terminal.wait_until_gone("go on")
            terminal.wait_for("cancelled")
            terminal.send(ENTER)
            terminal.wait_for("Ask anything")
            terminal.wait_for("10 + 10 equals 20.")
            gate.open()
            terminal.send("3 + 4")
            terminal.wait_for(lambda t: t.prompt == "3 + 4")
            terminal.send(ENTER)
            terminal.wait_for("3 + 4 equals 7.")
