"""A secret that is planted where programs have them comes out in no file and no output."""

from pathlib import Path

import pytest

from tests.e2e.asking import data_dir, run
from tests.e2e.server import Refusal, Reply, call, finish, model_server, text

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
    (tmp_path / "planted_tools.py").write_text(TOOLS)
    (tmp_path / "settings.toml").write_text(SETTINGS)
    with model_server(*replies) as server:
        address = server.environment["OPENAI_BASE_URL"].replace("://", f"://user:{PLANTED}password@")
        planted = {
            "OPENAI_BASE_URL": address,
            "OPENAI_API_KEY": f"sk-{PLANTED}key",
            "MY_TOKEN": PLANTED * 2,
            "TENANT": f"{PLANTED}header",
            "TICKERTAPE_CONFIG": str(tmp_path / "settings.toml"),
        }
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
    written = [path.read_text(errors="replace") for path in data_dir().rglob("*") if path.is_file()]
    assert written
    for words in (*(words for one in (outcome, *told) for words in (one.text, one.err)), *written):
        assert PLANTED not in words
