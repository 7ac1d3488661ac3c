"""A secret that is planted where programs have them comes out in no file and no output."""

import sys
from pathlib import Path

import pytest

from tests.e2e.asking import data_dir, run
from tests.e2e.server import ModelServer, Refusal, Reply, call, finish, model_server, text
from tests.e2e.terminal import ENTER, Terminal
from tests.e2e.test_terminal import last_words
from tests.places import ROOT

PLANTED = "pl4nted"
TOOLS = f'''
import logging, os, warnings
from typing import Annotated

import httpx
from langchain_core.tools import InjectedToolArg, tool
from pydantic import BaseModel


class Settings(BaseModel):
    key: str
    port: int


@tool
def look(q: str, token: Annotated[str, InjectedToolArg] = os.environ["MY_TOKEN"]) -> str:
    """Log and warn as libraries do, then fail with settings in hand."""
    logging.basicConfig(level=logging.DEBUG, force=True)
    address = os.environ["OPENAI_BASE_URL"]
    logging.getLogger("httpx").info("GET %s", address)
    logging.getLogger("agent.of.somebody").warning("GET %s", address)
    warnings.warn(f"asking {{address}} with Bearer {PLANTED}123", stacklevel=1)
    Settings(key=token)


@tool
def ask(q: str) -> str:
    """Ask a server that is not there, with a key in its address."""
    httpx.get(os.environ["OPENAI_BASE_URL"] + "/none?api_key={PLANTED}query").raise_for_status()
'''
SETTINGS = """
[providers.openai]
base_url = "http://127.0.0.1:9/v1"
headers = { X-Tenant = "${TENANT}" }
"""


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
@pytest.mark.parametrize(
    "replies",
    [
        [
            [call("look", '{"q": "x"}'), call("ask", '{"q": "x"}', index=1), finish("tool_calls")],
            [text("done"), finish()],
        ],
        [Refusal(401, f"Incorrect API key: sk-{PLANTED}key, {PLANTED}header for http://user:{PLANTED}password@host")],
    ],
    ids=["tools", "refused"],
)
def test_a_planted_secret_comes_out_nowhere(replies: list[Reply], debug: tuple[str, ...], tmp_path: Path) -> None:
    with model_server(*replies) as server:
        planted = _planted(server, tmp_path)
        outcome = run(
            *(*debug, "ask", "--yes", "--tools", "planted_tools:look", "--tools", "planted_tools:ask"),
            *("--model", "openai:m", "--format", "events", "go"),
            env={**server.environment, **planted},
            cwd=tmp_path,
        )
        assert server.requests
        assert server.headers[0]["x-tenant"] == f"{PLANTED}header"
        (session,) = (data_dir() / "sessions").iterdir()
        told = [
            run(*command, env={**server.environment, **planted}, cwd=tmp_path)
            for command in (
                ("replay", str(session), "--print", "events"),
                ("sessions", "export", session.stem, "--format", "html"),
                ("sessions", "export", session.stem, "--format", "markdown"),
                ("--debug", "models"),
                ("--debug", "config", "show"),
            )
        ]
    for words in (*(words for one in (outcome, *told) for words in (one.text, one.err)), *_written()):
        assert PLANTED not in words


def test_a_planted_secret_is_on_no_screen_and_in_nothing_that_a_screen_leaves_behind(tmp_path: Path) -> None:
    server_says = f"Incorrect API key: sk-{PLANTED}key, sent with {PLANTED}header to http://user:{PLANTED}password@host"
    replies: list[Reply] = [
        Refusal(401, server_says),
        Refusal(503, server_says, {"Retry-After": "0"}),
        [call("look", '{"q": "x"}'), finish("tool_calls")],
        [text("done"), finish()],
        Refusal(307, server_says, {"Location": f"http://user:{PLANTED}password@127.0.0.1:9/v1?api_key={PLANTED}query"}),
    ]
    tools = ("--tools", "planted_tools:look")
    with model_server(*replies) as server:
        environment = {**_planted(server, tmp_path), "TICKERTAPE_MODEL": "openai:m"}
        fault = {"FAULT_QUOTES": server_says, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.e2e.faulty", "tui.screens.base.screen:PanesScreen.action_help"]
        with Terminal(command=[*command, "--debug", *tools], cwd=tmp_path, env={**environment, **fault}) as terminal:
            terminal.wait_for("Ask anything")
            terminal.send("first", ENTER)
            terminal.wait_for("Incorrect API key")
            terminal.send("second", ENTER)
            terminal.wait_for("asks to run")
            terminal.wait_for(lambda t: t.colour_of("this session") == t.colour_of("second") != "")
            terminal.send("o")
            terminal.wait_for("done")
            terminal.wait_for("✓ answered")
            terminal.send("third", ENTER)
            terminal.wait_for("no connection")
            terminal.send("a draft")
            terminal.wait_for(lambda t: t.prompt == "a draft")
            terminal.send("\x1bOP")
            assert terminal.wait_exit() == 1
            assert "a fault of its own: Fault: in action_help Incorrect API key" in last_words(terminal)
        (session,) = (data_dir() / "sessions").glob("*.jsonl")
        with Terminal("replay", str(session), "--speed", "max", cwd=tmp_path, env=environment) as replayed:
            replayed.wait_for("third")
    assert len(server.requests) >= 5  # what is not reached is tried again
    assert any("Traceback (most recent call last)" in words for words in _written())
    for words in (terminal.output, replayed.output, *_written()):
        assert PLANTED not in words


def _planted(server: ModelServer, folder: Path) -> dict[str, str]:
    """The environment in which secrets stand everywhere; a folder gets the tools and the settings."""
    (folder / "planted_tools.py").write_text(TOOLS)
    (folder / "settings.toml").write_text(SETTINGS)
    return {
        "OPENAI_BASE_URL": server.environment["OPENAI_BASE_URL"].replace("://", f"://user:{PLANTED}password@"),
        "OPENAI_API_KEY": f"sk-{PLANTED}key",
        "MY_TOKEN": PLANTED * 2,
        "TENANT": f"{PLANTED}header",
        "TICKERTAPE_CONFIG": str(folder / "settings.toml"),
    }


def _written() -> list[str]:
    """All that was written."""
    written = [path.read_text(errors="replace") for path in data_dir().rglob("*") if path.is_file()]
    assert written
    return written
