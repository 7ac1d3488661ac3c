"""A user's agent in a process of its own: what it has in common with this one, and how each of them ends."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.conversation.run import RunStatus
from agent.errors import UsageError
from agent.events import types as ev
from agent.runs.run import Run
from agent.settings.permissions import Permissions, Rule
from agent.sources.apart.source import ApartSource
from agent.sources.graph.telling.teller import CUSTOM
from agent.threads import in_thread
from tests.agent.scripted import asserted, of

OBEYING = "tests.agent.sources.apart.agents:obeying"

RULES = [Permissions()]
"""The last ones hold."""


@pytest.fixture(scope="module")
def obeying() -> ApartSource:
    """An agent that does what it is asked to; to start its process takes a second and more, so it is one for all."""
    return ApartSource(OBEYING, lambda: RULES[-1])


async def told(source: ApartSource, question: str, past: Conversation | None = None) -> Turn:
    """What a turn comes to; it is folded into `past`, too."""
    run = Run(lambda run: source.work(run, past), question, thread_id="t")
    async with run:
        events = asserted([event async for event in run])
    if past is not None:
        past.apply_all(events)
    return Conversation(events).runs[0]


# Its process


async def test_it_is_the_same_process_from_turn_to_turn_and_not_this_one(obeying: ApartSource) -> None:
    first, second = await told(obeying, "pid"), await told(obeying, "pid")
    assert first.answer == second.answer != str(os.getpid())


async def test_its_folder_paths_and_arguments_are_these_and_no_terminal_is_its_own(
    obeying: ApartSource,
) -> None:
    turn = await told(obeying, "look")
    assert json.loads(turn.answer or "") == [os.getcwd(), os.environ.get("PYTHONPATH"), sys.argv, "", True]


async def test_what_it_raises_is_told_as_it_would_be_here_and_logged_here(
    obeying: ApartSource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    turn = await told(obeying, "fail")
    assert (turn.status, turn.error) == (RunStatus.MODEL_ERROR, "The node _obey failed: ValueError: the moon is new")
    await told(obeying, "log")
    assert ("agent.of.the.user", logging.WARNING, "the moon is full") in caplog.record_tuples


def test_what_is_no_agent_is_said_as_it_would_be_here() -> None:
    with pytest.raises(UsageError, match="StateGraph is a class; name an agent, or a function that makes one"):
        ApartSource(OBEYING.replace("obeying", "StateGraph"))


def test_a_module_that_ends_its_process_is_no_agent(tmp_path: Path) -> None:
    (tmp_path / "leaving.py").write_text("import os\nos._exit(7)\n")
    with pytest.raises(UsageError, match=r"its process ended while the agent was imported \(exit code 7\)"):
        ApartSource(f"{tmp_path}/leaving.py:graph")


# What is told of the past, of rules, of questions


async def test_the_past_is_told_and_to_a_new_process_all_of_it(obeying: ApartSource) -> None:
    past = Conversation()
    assert [(await told(obeying, "count", past)).answer for _ in range(3)] == ["1", "3", "5"]
    assert "(killed by SIGKILL)" in ((await told(obeying, "kill")).error or "")
    assert (await told(obeying, "count", past)).answer == "7"
    obeying.prepare(past)
    assert (await told(obeying, "count", past)).answer == "9"
    assert (await told(obeying, "count", Conversation())).answer == "1"


async def test_the_rules_that_hold_are_those_of_this_process(obeying: ApartSource) -> None:
    RULES.append(Permissions(allow=(Rule.parse("mail"),)))
    turn = await told(obeying, "mail")
    assert [(call.name, call.decision.kind if call.decision else "") for call in turn.calls] == [("mail", "always")]
    assert turn.answer == "{'decisions': [{'type': 'approve'}]}"


async def test_the_form_of_an_answer_is_known_here_while_it_is_asked_for(obeying: ApartSource) -> None:
    run = Run(obeying.work, "ask", thread_id="t")
    forms = []
    async with run:
        async for event in run:
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL:
                call_id = event.value["toolCallId"]
                forms.append(obeying.schema("ask_user", call_id).get("properties"))
                run.decide(call_id, Decision("once", arguments={"nights": 3}))
    assert (await run.result())["answer"] == "{'nights': 3}"
    assert forms == [{"nights": {"type": "integer"}}, None]


async def test_an_agent_waits_for_who_takes_its_events_and_loses_none(obeying: ApartSource) -> None:
    run, is_full = Run(obeying.work, "write 3000", thread_id="t"), asyncio.Event()
    run.watch(lambda _event: None if run.queue.has_room else is_full.set())
    async with run:
        await is_full.wait()
        events = [event async for event in run]
    assert [event.value for event in of(events, ev.Custom) if event.name == CUSTOM] == [*range(3000)]


# Its end


async def test_an_agent_that_ends_its_process_is_told_in_a_line_and_the_next_question_is_answered(
    obeying: ApartSource,
) -> None:
    before, turn, after = [await told(obeying, question) for question in ("pid", "exit 3", "pid")]
    assert turn.status is RunStatus.MODEL_ERROR
    assert turn.error == "The agent's process ended (exit code 3); ask again, and it is started anew"
    assert after.status is RunStatus.ANSWERED
    assert after.answer != before.answer


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """To open it for reading is to wait until the agent does nothing else any more."""
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


@pytest.mark.parametrize("deed", ["wait", "hold"])
async def test_an_agent_that_does_not_stop_is_left_at_once_and_does_not_keep_the_next_question(
    obeying: ApartSource, deed: str, fifo: Path
) -> None:
    async with Run(obeying.work, f"{deed} {fifo}") as run:
        await in_thread(lambda: fifo.open().close())
        run.cancel()
        events = asserted([event async for event in run])
    assert Conversation(events).runs[0].status is RunStatus.CANCELLED
    assert (await told(obeying, "pid")).status is RunStatus.ANSWERED


PROGRAM = """
import asyncio, sys
from agent.runs.run import Run
from agent.sources.apart.source import ApartSource

async def main(source, question):
    async with Run(source.work, question) as run:
        await run.result()

asyncio.run(main(ApartSource(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.parametrize("deed", ["wait", "hold"])
def test_a_process_ends_with_this_one_however_that_ends(deed: str, fifo: Path) -> None:
    if deed == "hold" and sys.platform != "linux":
        pytest.skip("other systems end no process by themselves")
    program = [sys.executable, "-c", PROGRAM, OBEYING, f"{deed} {fifo}"]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as started, fifo.open():
        started.kill()
        # Its standard output is the agent's process's, too: it has an end when both have.
        assert started.communicate()[0] == b""


def test_a_process_ends_with_the_source(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text("async def agent(request):\n    return\n    yield\n")
    source = ApartSource(f"{tmp_path}/silent.py:agent")
    process = source._runs._child._process
    del source
    assert process.wait() < 0
