"""The engine: runs out of settings, and what goes wrong while loading ends the run with a plain message."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from agent.conversation.decisions import Decision
from agent.conversation.lineage import Lineage
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.events import types as ev
from agent.settings.breakpoints import Breakpoint
from agent.settings.file.tables import Agent, Mcp
from agent.settings.permissions import Permissions
from agent.settings.settings import Settings
from agent.sources.engine import BUILT_IN_TOOLS, Engine
from agent.sources.tools.load import default_tools
from tests.agent.scripted import end
from tests.places import ROOT


def _engine(**settings: object) -> Engine:
    return Engine(Settings(**{"model": "offline", "offline_rate": 0.0, "data_dir": Path("x"), **settings}))  # type: ignore[arg-type]


def test_the_names_of_the_built_in_tools_are_those_of_the_tools() -> None:
    assert [*BUILT_IN_TOOLS] == [tool.name for tool in default_tools()]


async def test_a_question_is_answered_and_the_next_knows_of_it() -> None:
    engine = _engine()
    events = await end(engine.start("What is 10 + 10?", Conversation()))
    past = Conversation(events)
    assert past.runs[0].status is RunStatus.ANSWERED
    assert "20" in str(past.runs[0].answer)
    run = engine.start("now double it", past)
    assert run.thread_id == past.thread_id
    assert "40" in str(Conversation(await end(run)).runs[0].answer)


async def test_a_turn_that_was_prepared_is_the_same_as_one_that_was_not() -> None:
    engine = _engine()
    await engine.prepare(Conversation())  # before anything is loaded
    past = Conversation(await end(engine.start("What is 10 + 10?", Conversation())))
    await engine.prepare(past)
    assert "40" in str(Conversation(await end(engine.start("now double it", past))).runs[0].answer)


async def test_the_start_tells_model_tools_and_where_a_turn_comes_from() -> None:
    engine = _engine(tools=("module:name",), max_iterations=3)
    started, *_ = await end(
        engine.start(
            "q", Conversation(), retry_of="r", lineage=Lineage(branch="what-if", session="s", run="r", moment="turn:1")
        )
    )
    assert started.metadata == {
        "app": "tickertape",
        "format": 1,
        "model": "offline",
        "tools": [*BUILT_IN_TOOLS, "module:name"],
        "maxIterations": 3,
        "retryOf": "r",
        "parentMoment": "turn:1",
        "branch": "what-if",
        "parentSession": "s",
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "openai:x"}, "OPENAI_API_KEY"),
        ({"model": "gpt"}, "PROVIDER:NAME"),
        ({"tools": ("no_such_module_x:y",)}, "[tools] load no_such_module_x:y: "),
        ({"tools": ("no_such_module_x:y",), "named_tools": ("no_such_module_x:y",)}, "--tools no_such_module_x:y: "),
        ({"model": "\udcff:x"}, "\ufffd"),
        ({"tools": ("agent.sources.tools.load:add",)}, "already a tool named add"),
    ],
)
async def test_what_cannot_be_loaded_ends_the_run_with_a_plain_message(settings: dict[str, object], words: str) -> None:
    last = (await end(_engine(**settings).start("q", Conversation())))[-1]
    assert isinstance(last, ev.RunError)
    assert last.code == ev.RunErrorCode.UNAVAILABLE
    assert words in last.message


async def test_without_tools_it_is_a_plain_chat() -> None:
    events = await end(_engine(use_tools=False, tools=("no_such_module_x:y",)).start("1 + 2", Conversation()))
    run = Conversation(events).runs[0]
    assert run.status is RunStatus.ANSWERED
    assert run.calls == []
    assert (events[0].metadata or {})["tools"] == []


async def test_it_is_loaded_once_however_many_ask() -> None:
    engine = _engine()
    first, second = await asyncio.gather(engine.load(), engine.load())
    assert first is second


async def test_a_turn_asked_again_is_not_told_to_the_model() -> None:
    engine = _engine()
    past = Conversation(await end(engine.start("What is 10 + 10?", Conversation())))
    events = await end(engine.start("now double it", past, retry_of=past.runs[0].id))
    assert "40" not in str(Conversation(events).runs[0].answer)


def test_what_draws_can_import_the_engine_without_langchain() -> None:
    code = (
        "import sys, agent.sources.engine, agent.transcripts.session; "
        "print({'langchain_core', 'openai', 'pydantic'} & {*sys.modules})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "set()"


async def test_an_mcp_server_that_cannot_be_had_is_told_and_the_question_answered(tmp_path: Path) -> None:
    engine = _engine(mcp={"gone": Mcp(command="there-is-no-such-program")}, data_dir=tmp_path)
    run = Conversation(await end(engine.start("What is 10 + 10?", Conversation()))).runs[0]
    assert "20" in str(run.answer)
    assert [notice.text.startswith("the MCP server gone cannot be started") for notice in run.notices] == [True]
    again = Conversation(await end(engine.start("What is 1 + 1?", Conversation()))).runs[0]
    assert again.notices == []


async def test_the_tools_of_an_mcp_server_are_bound_and_ask_before_they_run(tmp_path: Path) -> None:
    server = ROOT / "tests" / "agent" / "sources" / "tools" / "mcp" / "server.py"
    odd = Mcp(command=sys.executable, args=[str(server), "stdio"])
    engine = _engine(mcp={"odd": odd}, data_dir=tmp_path)
    async with engine.start('Call mcp__odd__environment with name "HOME"', Conversation()) as run:
        async for event in run:
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                run.decide(event.value["toolCallId"], Decision("denied", reason="not today"))
            if isinstance(event, ev.ToolCallResult) and (event.metadata or {}).get("error"):
                assert "not today" in str(event.content)
                return
    raise AssertionError("it did not ask")


async def test_a_graph_of_a_file_answers_in_the_place_of_a_model(tmp_path: Path) -> None:
    file = tmp_path / "graphs.py"
    file.write_text(
        "from langgraph.graph import START, MessagesState, StateGraph\n"
        "def echo(state): return {'messages': [('ai', state['messages'][-1].text.upper())]}\n"
        "graph = StateGraph(MessagesState).add_node(echo).add_edge(START, 'echo')\n"
        "def made(): return graph.compile()\n"
        "number = 3\n"
    )
    for named, agents in (
        (f"{file}:graph", {}),
        (f"{file}:made", {}),
        ("echo", {"echo": Agent(graph=f"{file}:made")}),
    ):
        engine = _engine(model=f"agent:{named}", agents=agents)
        run = Conversation(await end(engine.start("hello", Conversation()))).runs[0]
        assert (run.answer, run.model) == ("HELLO", f"agent:{named}")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("nothing", "MODULE:NAME or FILE.py:NAME, or by its URL; of [agents] the settings have none"),
        ("no_such_module_x:graph", "--agent no_such_module_x:graph: importing no_such_module_x failed"),
        ("agent.errors:RunFailed", "RunFailed is a class"),
        ("agent.settings.settings:AGENT", "str is no agent"),
    ],
)
async def test_what_is_no_agent_is_said(named: str, words: str) -> None:
    last = (await end(_engine(model=f"agent:{named}").start("q", Conversation())))[-1]
    assert isinstance(last, ev.RunError)
    assert words in last.message


async def test_breakpoints_that_stop_nothing_inside_an_agent_are_said_once(tmp_path: Path) -> None:
    (tmp_path / "echoing.py").write_text(
        "from langchain_core.runnables import RunnableLambda\nagent = RunnableLambda(str)\n"
    )
    rules = Permissions(breakpoints=(Breakpoint.parse("send_mail"),))
    engine = _engine(model=f"agent:{tmp_path}/echoing.py:agent", permissions=rules)
    first = Conversation(await end(engine.start("one", Conversation())))
    second = Conversation(await end(engine.start("two", first)))
    assert [len(turn.notices) for turn in (first.runs[-1], second.runs[-1])] == [1, 0]
    assert first.runs[0].notices[0].text.startswith("Breakpoints stop no tool that runs inside the agent")
