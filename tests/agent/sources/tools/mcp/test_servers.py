"""MCP servers as programs of their own: what they offer and give, how they end, and what is said of those that fail."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from langchain_core.tools import BaseTool

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.settings.file.tables import Mcp
from agent.settings.settings import Settings
from agent.sources.executor.loop import AgentExecutor
from agent.sources.questions.shown import ASK_USER
from agent.sources.race import Race, Racer
from agent.sources.tools.calls.call import RunnableTool
from agent.sources.tools.calls.results import ToolResult
from agent.sources.tools.final_answer import final_answer
from agent.sources.tools.mcp.servers import McpServers
from tests.agent.scripted import Gate, ScriptedModel, answering, asserted, calling
from tests.places import ROOT

SERVER = str(Path(__file__).with_name("server.py"))
STDIO = Mcp(command=sys.executable, args=[SERVER, "stdio"], env=["ODD_MORE", "ODD_FLOOD", "ODD_SLOW", "GIVEN"])
BOOK = "mcp__odd__book"
"""Its tool that asks the user."""


@contextmanager
def _started(
    folder: Path, environ: dict[str, str] | None = None, **servers: Mcp
) -> Iterator[tuple[dict[str, BaseTool], list[str], McpServers]]:
    started = McpServers(servers, environ=environ or {}, folder=folder)
    try:
        tools, problems = started.tools()
        yield {tool.name: tool for tool in tools}, problems, started
    finally:
        started.close()


async def _call(tool: BaseTool, **arguments: object) -> ToolResult:
    return await RunnableTool(tool).call(arguments, "call_1")


async def test_a_server_gives_its_tools_and_they_give_what_they_say(tmp_path: Path) -> None:
    with _started(tmp_path, odd=STDIO) as (tools, problems, _servers):
        assert problems == []
        assert (await _call(tools["mcp__odd__add"], x=3, y=4)).text == "7"
        dotted = await _call(tools["mcp__odd__dotted_name_with_slash"], config="a", self="b")
        assert (dotted.text, dotted.failed) == ("a b", False)
        failed = await _call(tools["mcp__odd__fail"])
        assert failed.failed
        assert "the moon is new" in failed.text
        seen = await _call(tools["mcp__odd__picture"])
        assert seen.text == "look:\n[image/png]"
        assert seen.parts[1]["base64"]
        assert not (await _call(tools["mcp__odd__nothing"])).failed


async def test_a_session_is_kept_from_call_to_call(tmp_path: Path) -> None:
    with _started(tmp_path, odd=STDIO) as (tools, _problems, _servers):
        assert [(await _call(tools["mcp__odd__count"])).text for _ in range(3)] == ["1", "2", "3"]


async def test_only_what_the_settings_name_of_the_environment_is_given(tmp_path: Path) -> None:
    environ = {"GIVEN": "this", "SECRET": "not this"}
    with _started(tmp_path, environ, odd=STDIO) as (tools, _problems, _servers):
        assert (await _call(tools["mcp__odd__environment"], name="GIVEN")).text == "this"
        assert (await _call(tools["mcp__odd__environment"], name="SECRET")).text == "(not given)"


async def test_a_server_that_ends_in_a_call_fails_it_and_is_started_again_for_the_next(tmp_path: Path) -> None:
    with _started(tmp_path, odd=STDIO) as (tools, _problems, _servers):
        await _call(tools["mcp__odd__count"])
        died = await _call(tools["mcp__odd__die"])
        assert died.failed
        assert died.text.startswith("the MCP server odd ended during the call; it is started again at the next one")
        assert (await _call(tools["mcp__odd__count"])).text == "1"


def test_what_cannot_be_started_is_said_in_a_line_and_costs_the_others_nothing(tmp_path: Path) -> None:
    missing = Mcp(command="there-is-no-such-program")
    broken = Mcp(command=sys.executable, args=["-c", "raise SystemExit(1)"])
    with _started(tmp_path, missing=missing, broken=broken, odd=STDIO) as (tools, problems, _servers):
        assert "mcp__odd__add" in tools
    told = "the MCP server missing cannot be started: there is no command there-is-no-such-program; is it installed?"
    assert problems[0].startswith(told)
    assert problems[1].startswith("the MCP server broken ended before it had begun")
    assert all("\n" not in problem for problem in problems)


def test_one_that_does_not_start_in_time_is_left_and_may_be_tried_again(tmp_path: Path) -> None:
    slow = Mcp(command=sys.executable, args=["-c", "import time; time.sleep(60)"], timeout=0.5)
    with _started(tmp_path, slow=slow) as (tools, problems, servers):
        assert tools == {}
        assert problems[0].startswith("the MCP server slow did not start within 0.5 s")
        assert servers.tools()[1] == problems


def test_a_flood_on_the_error_output_fills_no_disk_and_stops_nothing(tmp_path: Path) -> None:
    with _started(tmp_path, {"ODD_FLOOD": "1"}, odd=STDIO) as (tools, problems, _servers):
        assert problems == []
        assert tools
        size = (tmp_path / "mcp-odd.log").stat().st_size
    assert 900_000 < size < 1_100_000
    assert (tmp_path / "mcp-odd.log").stat().st_mode & 0o077 == 0


def test_two_hundred_tools_are_two_hundred(tmp_path: Path) -> None:
    with _started(tmp_path, {"ODD_MORE": "200"}, odd=STDIO) as (tools, _problems, _servers):
        assert sum(name.startswith("mcp__odd__more_") for name in tools) == 200


def test_the_same_tool_of_two_servers_is_two_tools(tmp_path: Path) -> None:
    with _started(tmp_path, one=STDIO, other=STDIO) as (tools, _problems, _servers):
        assert {"mcp__one__add", "mcp__other__add"} <= set(tools)


@contextmanager
def _listening(path: str, *more: str) -> Iterator[str]:
    """The URL of the server on loopback."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, SERVER, str(port), *more], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        while process.poll() is None:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"http://127.0.0.1:{port}/{path}"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("spoken", [("mcp",), ("sse", "sse")], ids=["streamable HTTP", "HTTP with SSE"])
async def test_a_server_behind_a_url_is_the_same_in_either_way_to_speak(tmp_path: Path, spoken: tuple[str]) -> None:
    with _listening(*spoken) as url, _started(tmp_path, far=Mcp(url=url)) as (tools, problems, _servers):
        assert problems == []
        assert (await _call(tools["mcp__far__add"], x=3, y=4)).text == "7"


def test_a_url_where_nothing_answers_is_said(tmp_path: Path) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/mcp"
    with _started(tmp_path, far=Mcp(url=url)) as (tools, problems, _servers):
        assert tools == {}
    assert problems[0].startswith("the MCP server far is not reached at its url: ")


def test_a_variable_that_its_headers_name_and_nobody_set_is_said_before_it_is_asked(tmp_path: Path) -> None:
    far = Mcp(url="http://127.0.0.1:9/mcp", headers={"Authorization": "Bearer ${FAR_TOKEN}"})
    with _started(tmp_path, far=far) as (tools, problems, _servers):
        assert tools == {}
    assert len(problems) == 1
    assert "set FAR_TOKEN, which the headers of [mcp.far] name" in problems[0]


async def _through_the_toolbox(tool: BaseTool, arguments: dict[str, object], *decisions: Decision) -> Conversation:
    """A call of a tool as a model makes it; what asks is answered in turn, by the fields of its form."""
    model = ScriptedModel(replies=[calling((tool.name, arguments)), answering("done")])
    left = list(decisions)
    executor = AgentExecutor(model, [tool, final_answer])
    events: list[ev.Event] = []
    async with executor.stream("q") as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                assert set(executor.schema(ASK_USER, event.value["toolCallId"])["properties"]) == {"town", "nights"}
                run.decide(event.value["toolCallId"], left.pop(0))
    assert not left
    return Conversation(asserted(events))


@pytest.mark.parametrize(
    ("decisions", "result"),
    [
        ([Decision("once"), Decision("once", arguments={"town": "Ostia", "nights": 3})], "3 nights in Ostia"),
        ([Decision("denied")], "decline"),
        ([Decision("dismissed")], "cancel"),
    ],
)
async def test_what_a_server_asks_in_a_call_the_user_is_asked_in_its_form(
    tmp_path: Path, decisions: list[Decision], result: str
) -> None:
    with _started(tmp_path, odd=STDIO) as (tools, _problems, _servers):
        (run,) = (await _through_the_toolbox(tools["mcp__odd__book"], {}, *decisions)).runs
    asked = [call for call in run.calls if call.is_question]
    (told,) = [call.result for call in run.calls if call.name == "mcp__odd__book"]
    assert ("Where to" in asked[0].fragments.text, told) == (True, result)


async def test_while_a_server_asks_its_other_calls_go_on(tmp_path: Path) -> None:
    with _started(tmp_path, odd=STDIO) as (tools, _problems, _servers):
        names = (BOOK, "mcp__odd__add")
        model = ScriptedModel(replies=[calling((BOOK, {}), (names[1], {"x": 3, "y": 4})), answering("done")])
        executor = AgentExecutor(model, [*(tools[name] for name in names), final_answer])
        asked: list[str] = []
        done: list[object] = []
        events: list[ev.Event] = []
        async with executor.stream("q") as run:
            async for event in run:
                events.append(event)
                if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                    asked.append(event.value["toolCallId"])
                elif isinstance(event, ev.ToolCallResult):
                    done.append(event.content)
                if asked and done == ["7"]:
                    run.decide(asked.pop(), Decision("once", arguments={"town": "Ostia", "nights": 3}))
    (told,) = [call.result for call in Conversation(asserted(events)).runs[0].calls if call.name == BOOK]
    assert (done[0], told) == ("7", "3 nights in Ostia")


async def test_a_question_that_several_are_asked_has_the_form_of_whose_call_it_is(tmp_path: Path) -> None:
    settings = Settings(model="offline", data_dir=tmp_path)
    gate, asked = Gate(), asyncio.Event()
    with (
        _started(tmp_path / "late", odd=STDIO) as (tools, _problems, _servers),
        _started(tmp_path / "early", odd=STDIO) as (others, _problems, _servers),
    ):
        race = Race.of(settings, "Where to?", ["late", "early"])
        race.listeners.append(asked.set)
        for racer, before, offered in zip(race.racers, ([gate], []), (tools, others), strict=True):
            replies = [[*before, *calling((BOOK, {}))], answering()]
            racer.engine._source = AgentExecutor(ScriptedModel(replies=replies), [offered[BOOK], final_answer])

        async def run(racer: Racer) -> None:
            async for event in race.events(racer):
                racer.session.conversation.apply(event)

        async def askers(count: int) -> None:
            while len(race.askers) < count:
                asked.clear()
                await asked.wait()

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for racer in race.racers:
                group.create_task(run(racer))
            await askers(1)
            gate.opened.set()
            await askers(2)
            assert set(race.asked_schema["properties"]) == {"town", "nights"}
            race.decide(Decision("once", arguments={"town": "Ostia", "nights": 3}))
        results = [call.result for racer in race.racers for call in racer.turn.calls if call.name == BOOK]  # type: ignore[union-attr]
        assert results == ["3 nights in Ostia"] * 2
        race.close()


async def test_a_server_is_not_offered_our_model_and_is_refused_it(tmp_path: Path) -> None:
    with _started(tmp_path, odd=STDIO) as (tools, _problems, _servers):
        told = await _call(tools["mcp__odd__think"])
        assert (told.text, told.failed) == ("not offered: Sampling not supported", False)


async def test_how_far_a_tool_is_stands_at_its_call(tmp_path: Path) -> None:
    with _started(tmp_path, odd=STDIO) as (tools, _problems, _servers):
        (run,) = (await _through_the_toolbox(tools["mcp__odd__read"], {"pages": 40})).runs
    (call,) = [call for call in run.calls if call.name == "mcp__odd__read"]
    assert (call.result, call.progress) == ("read", "40 of 40: page 40")
