"""`--agent` as a process: a graph of the user's answers, and what is no graph is said in one line."""

from pathlib import Path

from tests.e2e.asking import run

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


def test_what_is_no_agent_is_said_in_one_line() -> None:
    done = run("ask", "--agent", "nowhere", "q")
    assert done.code == 2
    assert "name a graph as MODULE:NAME or FILE.py:NAME" in done.err
    done = run("ask", "--agent", "a.py:b", "--model", "offline", "q")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "--model and --agent exclude each other" in done.err
