"""Branches of a recording, live: what a server is asked, which tools run, and what the new session tells of both."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.errors import UsageError
from agent.events import types as ev
from agent.events.wire import encode
from agent.recordings.moments import position_of
from agent.recordings.recording import Recording
from agent.recordings.what_if.patches import read_patches
from agent.recordings.what_if.planning import GO_ON, plan_branch
from agent.settings.settings import Settings
from agent.sources.branching import Branch, start_branch
from agent.sources.context.rebuilding import context_at
from agent.sources.engine import Engine
from agent.transcripts.folders import Sessions
from tests.agent.scripted import asserted
from tests.agent.sources.models.loopback import Loopback, Response, events, loopback

TOOLS = '''
from pathlib import Path

def look(words: str) -> str:
    """Look something up."""
    with Path(__file__).with_name("ran.txt").open("a") as file:
        file.write(words + "\\n")
    return "found " + words
'''


def _delta(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def says(*texts: str) -> Response:
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return Response(body=events(*(_delta(content=text) for text in texts), end))


def calls(*arguments: str, text: str = "") -> Response:
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    named = [
        {"index": index, "id": f"c{index}{words}", "function": {"name": "look", "arguments": f'{{"words": "{words}"}}'}}
        for index, words in enumerate(arguments)
    ]
    chunks = [_delta(content=text)] if text else []
    return Response(body=events(*chunks, *(_delta(tool_calls=[call]) for call in named), end))


class Place:
    """A data folder with a tool that notes that it ran, and a server."""

    def __init__(self, folder: Path, served: Loopback) -> None:
        (folder / "tools.py").write_text(TOOLS)
        self.folder = folder
        self.served = served
        self.settings = Settings(
            model="openai:m",
            environ={"OPENAI_BASE_URL": served.url, "OPENAI_API_KEY": "k"},
            tools=(f"{folder}/tools.py:look",),
            data_dir=folder,
            system="Be kind.",
        )

    @property
    def ran(self) -> list[str]:
        """What the tool was called with."""
        path = self.folder / "ran.txt"
        return path.read_text().splitlines() if path.exists() else []

    async def record(self, question: str) -> Recording:
        """A session of one turn, whose tools were let run."""
        told: list[ev.Event] = []
        async with Engine(self.settings).start(question, Conversation()) as run:
            async for event in run:
                told.append(event)
                if isinstance(event, ev.Custom) and event.value.get("state") == "requested":
                    run.decide(event.value["toolCallId"], Decision("session"))
        (self.folder / "ran.txt").unlink(missing_ok=True)
        self.served.requests.clear()
        return Recording.of(told)

    async def branch(self, recording: Recording, at: str, *patches: str, live_tools: bool = False) -> "Told":
        """What comes of a branch; tools that ask are let run."""
        plan = plan_branch(
            recording, position_of(at, recording), read_patches(patches), session="parent", live_tools=live_tools
        )
        branch = start_branch(plan, self.settings, Sessions(self.folder))
        assert branch.run is not None
        asked: list[str] = []
        told: list[ev.Event] = []
        async with branch.run as run:
            async for event in branch.session.record(run):
                told.append(event)
                if isinstance(event, ev.Custom) and event.value.get("state") == "requested":
                    asked.append(event.value["toolCallId"])
                    run.decide(event.value["toolCallId"], Decision("once"))
        branch.session.close()
        return Told(branch, asserted(told), asked)


class Told:
    """What came of a branch."""

    def __init__(self, branch: Branch, events: Sequence[ev.Event], asked: list[str]) -> None:
        self.branch = branch
        self.events = events
        self.asked = asked
        (self.run,) = Conversation(events).runs

    @property
    def answered(self) -> list[tuple[str | None, str | None]]:
        """Each call's result and who gave it."""
        return [(call.result, call.answered_by) for call in self.run.calls]


async def test_tools_are_answered_from_the_recording_where_their_arguments_are_the_same(tmp_path: Path) -> None:
    async with loopback(calls("a", "b"), says("Both.")) as served:
        place = Place(tmp_path, served)
        recording = await place.record("q")
        served.responses = [calls("b", "c"), says("Otherwise.")]
        told = await place.branch(recording, "turn:1", "model=openai:other", "temperature=0.5")
        assert told.answered == [("found b", "recording"), ("found c", None)]
        assert (place.ran, len(told.asked)) == (["c"], 1)
        assert [body["model"] for body in served.requests] == ["other", "other"]
        assert served.requests[0]["temperature"] == 0.5
        assert served.requests[0]["messages"][0]["content"].startswith("Be kind.")
        assert told.run.lineage is not None
        assert told.run.lineage.patch == ("model=openai:other", "temperature=0.5")
    branched = Recording.of(told.events)
    steps = [number + 1 for number, event in enumerate(told.events) if isinstance(event, ev.StepStarted)]
    for position, body in zip(steps, served.requests, strict=True):
        context = context_at(branched, position)
        assert (context.messages, context.is_as_sent) == (body["messages"], True)


async def test_with_live_tools_every_tool_is_run_anew(tmp_path: Path) -> None:
    async with loopback(calls("a"), says("Yes.")) as served:
        place = Place(tmp_path, served)
        recording = await place.record("q")
        served.responses = [says("Again.")]
        told = await place.branch(recording, "turn:1", live_tools=True)
    assert (told.answered, place.ran) == ([("found a", None)], ["a"])
    assert [message["role"] for message in served.requests[0]["messages"]] == ["system", "user", "assistant", "tool"]


async def test_another_result_is_what_the_model_is_told(tmp_path: Path) -> None:
    async with loopback(calls("a", "b"), says("Both.")) as served:
        place = Place(tmp_path, served)
        recording = await place.record("q")
        served.responses = [says("Hm.")]
        told = await place.branch(recording, "call:look#2", "result:look#2=nothing")
    assert (told.answered, place.ran) == ([("found a", "recording"), ("nothing", "patch")], [])
    assert [message["content"] for message in served.requests[0]["messages"][-2:]] == ["found a", "nothing"]


async def test_other_arguments_are_run_with_and_asked_about(tmp_path: Path) -> None:
    async with loopback(calls("a", "b"), says("Both.")) as served:
        place = Place(tmp_path, served)
        recording = await place.record("q")
        served.responses = [says("Hm.")]
        told = await place.branch(recording, "turn:1", 'call:look.args={"words": "z"}')
    assert (told.answered, place.ran) == ([("found z", None), ("found b", "recording")], ["z"])
    assert len(told.asked) == 1
    sent = served.requests[0]["messages"][2]["tool_calls"]
    assert [call["function"]["arguments"] for call in sent] == ['{"words": "z"}', '{"words": "b"}']


async def test_a_branch_from_inside_a_stream_keeps_what_was_said_and_goes_on_behind_it(tmp_path: Path) -> None:
    async with loopback(calls("a"), says("It is ", "over ", "there.")) as served:
        place = Place(tmp_path, served)
        recording = await place.record("q")
        pieces = [n for n, event in enumerate(recording.events) if isinstance(event, ev.TextMessageContent)]
        served.responses = [says("rather here.")]
        told = await place.branch(recording, f"event:{pieces[1] + 1}", "message=no")
    (said,) = [message for message in served.requests[0]["messages"] if message.get("content") == "It is over "]
    assert said["role"] == "assistant"
    assert [message["content"] for message in served.requests[0]["messages"][-2:]] == [GO_ON, "no"]
    assert (told.run.status, told.run.answer) == (RunStatus.ANSWERED, "rather here.")
    assert [message.fragments.text for message in told.run.messages][:1] == ["It is over "]


async def test_what_a_past_session_shares_is_in_the_file_byte_for_byte(tmp_path: Path) -> None:
    async with loopback(says("One."), says("Two.")) as served:
        place = Place(tmp_path, served)
        first = [*(await place.record("q")).events]
        second = [*(await place.record("r")).events]
        recording = Recording.of([*first, *second])
        served.responses = [says("Else.")]
        told = await place.branch(recording, "turn:2", "system=Be brief.")
    path = told.branch.session.path
    assert path is not None
    assert path.read_bytes().startswith(b"".join(encode(event) + b"\n" for event in first))
    assert [run.answer for run in Conversation([*first, *told.events]).runs] == ["One.", "Else."]
    assert [message["content"][:9] for message in served.requests[0]["messages"]] == ["Be brief.", "q", "One.", "r"]


async def test_who_cannot_go_on_from_the_middle_says_so(tmp_path: Path) -> None:
    async with loopback(says("One.")) as served:
        place = Place(tmp_path, served)
        recording = await place.record("q")
    plan = plan_branch(recording, 1, read_patches(["model=agent:graphs.py:graph"]), session=None)
    with pytest.raises(UsageError, match="cannot go on from the middle of a turn"):
        start_branch(plan, place.settings, None)
