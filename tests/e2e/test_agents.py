"""`--agent` as a process: a graph of the user's answers, and what is no graph is said in one line."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.agent.sources.remote.asking import asked, says, told
from tests.e2e.asking import run, transcripts

GRAPH = """
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph

model = GenericFakeChatModel(messages=iter([AIMessage("Rome is sunny.")]))


async def ask(state):
    return {"messages": [await model.ainvoke(state["messages"])]}


graph = StateGraph(MessagesState).add_node(ask).add_edge(START, "ask").compile()
"""


def test_a_graph_of_a_file_answers_token_by_token(tmp_path: Path) -> None:
    (tmp_path / "agents.py").write_text(GRAPH)
    done = run("ask", "--agent", f"{tmp_path}/agents.py:graph", "--format", "tokens", "How is Rome?")
    assert (done.code, done.err) == (0, "")
    assert done.text == "Rome| |is| |sunny.|\n"


class _Agent(HTTPServer):
    """An endpoint that says what it is to, one answer a request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[bytes] = []
        self.asked: list[tuple[str | None, dict[str, Any]]] = []
        """The token and the body of each request."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Agent)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers["Authorization"], body))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(self.server.answers.pop(0))

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def agent() -> Iterator[_Agent]:
    """An endpoint on loopback."""
    with _Agent() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


TOOLS = '''
def shout(text: str) -> str:
    """Say it loudly."""
    return text.upper()
'''


def test_an_endpoint_answers_and_its_turn_is_saved_question_and_all(agent: _Agent, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{agent.server_port}/?key=hush-hush-hush"
    agent.answers = [told(*says("Rome is sunny.")), told(*says("So is Ostia."))]
    done = run("ask", "--agent", url, "--format", "tokens", "How is Rome?")
    assert (done.code, done.err) == (0, "")
    assert done.text == "Rome |is |sunny.|\n"
    (saved,) = transcripts()
    assert run("ask", "--agent", url, "--resume", saved.stem, "And Ostia?").text == "So is Ostia.\n"
    assert [message["content"] for message in agent.asked[1][1]["messages"]] == [
        "How is Rome?",
        "Rome is sunny.",
        "And Ostia?",
    ]
    replayed = run("replay", saved.stem, "--print", "json", "--speed", "max")
    assert "How is Rome?" in replayed.text
    assert "So is Ostia." in replayed.text
    assert b"hush" not in saved.read_bytes()


def test_a_table_of_the_settings_names_the_endpoint_its_token_and_the_tools_it_may_call(
    agent: _Agent, tmp_path: Path
) -> None:
    (tmp_path / "voices.py").write_text(TOOLS)
    config = tmp_path / "settings.toml"
    config.write_text(
        "[agents.far]\n"
        f'url = "http://127.0.0.1:{agent.server_port}/"\n'
        'key_env = "FAR_TOKEN"\n'
        f'tools = ["{tmp_path}/voices.py:shout"]\n'
        'forwarded = {tenant = "a"}\n'
    )
    agent.answers = [told(*asked("shout", {"text": "hey"})), told(*says("HEY it is."))]
    env = {"TICKERTAPE_CONFIG": str(config), "FAR_TOKEN": "sesame-sesame"}
    done = run("ask", "--agent", "far", "--yes", "Shout", env=env)
    assert (done.code, done.err, done.text) == (0, "", "HEY it is.\n")
    (token, first), (_, second) = agent.asked
    assert (token, first["forwardedProps"]) == ("Bearer sesame-sesame", {"tenant": "a"})
    assert [tool["name"] for tool in first["tools"]] == ["shout"]
    assert second["messages"][-1]["content"] == "HEY"
    missing = run("ask", "--agent", "far", "Shout", env={"TICKERTAPE_CONFIG": str(config)})
    assert (missing.code, missing.err.count("\n")) == (2, 1)
    assert "set FAR_TOKEN" in missing.err


def test_an_endpoint_that_is_not_there_is_said_in_one_line() -> None:
    done = run("ask", "--agent", "http://127.0.0.1:1/agent", "q")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "No agent answers at http://127.0.0.1:1/agent" in done.err


def test_what_is_no_agent_is_said_in_one_line() -> None:
    done = run("ask", "--agent", "nowhere", "q")
    assert done.code == 2
    assert "name an agent as MODULE:NAME or FILE.py:NAME" in done.err
    done = run("ask", "--agent", "a.py:b", "--model", "offline", "q")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "--model and --agent exclude each other" in done.err
