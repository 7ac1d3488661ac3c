"""What Claude Code's sub-agents wrote into files of their own is read with the session that asked them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.items import Message
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from agent.formats.imports.opening import open_foreign, open_viewed
from agent.formats.imports.programs.claude_files import is_part, parts_of
from agent.library.incoming.taking import take
from agent.library.library import Library
from agent.reading.ahead import ReadAhead
from agent.reading.file import JoinedFile
from agent.reading.foreign import Part
from agent.reading.lines import read_lines
from agent.recordings.recording import Recording

_SESSION = "5e55"


def _record(second: float, kind: str, content: Any, agent: str | None = None, **more: Any) -> dict[str, Any]:
    """A record of the main agent's, or of a sub-agent's."""
    message: dict[str, Any] = {"role": kind, "content": content}
    if kind == "assistant":
        message |= {"id": f"msg_{agent}_{second}", "model": "claude-test-1"}
    return {
        "type": kind,
        "uuid": f"u{agent}{second}",
        "isSidechain": agent is not None,
        **({} if agent is None else {"agentId": agent}),
        "sessionId": _SESSION,
        "timestamp": f"2026-05-01T10:00:{second:06.3f}Z",
        "message": message,
        **more,
    }


def _task(id: str, prompt: str) -> list[dict[str, Any]]:
    asked = {"description": f"do {id}", "prompt": prompt, "subagent_type": "Explore"}
    return [{"type": "tool_use", "id": id, "name": "Agent", "input": asked}]


def _result(id: str, words: str) -> list[dict[str, Any]]:
    return [{"type": "tool_result", "tool_use_id": id, "content": words}]


_MAIN = [
    _record(0, "user", "Look at both."),
    _record(1, "assistant", _task("t1", "Look left.")),
    _record(1.1, "assistant", _task("t2", "Look right.")),
    _record(9, "user", _result("t1", "left is empty"), toolUseResult={"agentId": "aaa", "totalDurationMs": 8_000}),
    _record(9.5, "user", _result("t2", "right is full")),
    _record(11, "assistant", [{"type": "text", "text": "Left is empty, right is full."}]),
]
_LEFT = [
    _record(2, "user", "Look left.", "aaa"),
    _record(4, "assistant", _task("t3", "Look further left."), "aaa"),
    _record(7, "user", _result("t3", "nothing"), "aaa"),
    _record(8, "assistant", [{"type": "text", "text": "left is empty"}], "aaa"),
]
_FURTHER = [
    _record(5, "user", "Look further left.", "ccc"),
    _record(6, "assistant", [{"type": "text", "text": "nothing"}], "ccc"),
]
_RIGHT = [
    _record(2.5, "user", "Look right.", "bbb"),
    _record(5.5, "assistant", [{"type": "text", "text": "right is full"}], "bbb"),
]


def _write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def _project(folder: Path, *, is_older: bool = False) -> Path:
    """A session with the files of its sub-agents, as newer versions lay them out or as older ones did."""
    session = _write(folder / f"{_SESSION}.jsonl", _MAIN)
    agents = folder if is_older else folder / _SESSION / "subagents"
    for name, call, records in (("aaa", "t1", _LEFT), ("bbb", "t2", _RIGHT), ("ccc", "t3", _FURTHER)):
        _write(agents / f"agent-{name}.jsonl", records)
        if not is_older:
            meta = {"agentType": "Explore", "description": f"do {call}", "toolUseId": call, "spawnDepth": 1}
            (agents / f"agent-{name}.meta.json").write_text(json.dumps(meta))
    return session


def _run(path: Path) -> Run:
    recording = Recording(path, formats=open_viewed)
    recording.read()
    assert recording.problems == []
    (run,) = recording.state(len(recording)).runs
    return run


def _said(run: Run) -> list[tuple[str, str]]:
    return [(str(item.kind), item.fragments.text) for item in run.items if isinstance(item, Message)]


@pytest.mark.parametrize("is_older", [False, True])
def test_sub_agents_work_under_the_calls_that_asked_them(tmp_path: Path, *, is_older: bool) -> None:
    path = _project(tmp_path, is_older=is_older)
    events = [line.event for line in read_lines(path, open_viewed) if line.event is not None]
    began = [event for event in events if isinstance(event, ev.SubagentStarted)]
    told = [(one.subagent_run_id, one.parent_tool_call_id, one.parent_subagent_run_id, one.name) for one in began]
    assert told == [("aaa", "t1", None, "Explore"), ("bbb", "t2", None, "Explore"), ("ccc", "t3", "aaa", "Explore")]
    moments = [event.timestamp for event in events if event.timestamp is not None]
    assert moments == sorted(moments)
    run = _run(path)
    asked = {("Agent", "left is empty"), ("Agent", "right is full"), ("Agent", "nothing")}
    assert {(call.name, call.result) for call in run.calls} == asked
    assert len(run.calls) == 3
    inner = {("inner", "left is empty"), ("inner", "right is full"), ("inner", "nothing")}
    assert set(_said(run)) == {*inner, ("answer", "Left is empty, right is full.")}


def test_an_import_keeps_every_record_of_every_file(tmp_path: Path) -> None:
    path = _project(tmp_path)
    library = Library(tmp_path / "data")
    (session,) = take(library, path, is_named=True).sessions
    lines = [json.loads(line) for line in library.path(session).read_bytes().splitlines()]
    raw = [line["event"] if line["type"] == "RAW" else line["rawEvent"] for line in lines if _has_raw(line)]
    kept = [record for record in raw if record["type"] != "agent-meta"]
    assert sorted(map(str, kept)) == sorted(map(str, [*_MAIN, *_LEFT, *_RIGHT, *_FURTHER]))
    assert not take(library, path, is_named=False).is_new
    _write(path.parent / _SESSION / "subagents" / "agent-bbb.jsonl", [*_RIGHT, _record(6, "assistant", "more", "bbb")])
    assert take(library, path, is_named=False).sessions == [session]


def _has_raw(line: dict[str, Any]) -> bool:
    return line["type"] == "RAW" or "rawEvent" in line


def test_a_sub_agent_that_the_session_repeats_is_told_once(tmp_path: Path) -> None:
    path = _project(tmp_path)
    inner = {"agentId": "aaa", "type": "agent_progress", "message": _LEFT[1], "prompt": "Look left."}
    repeated = {"type": "progress", "uuid": "p", "sessionId": _SESSION, "parentToolUseID": "t1", "data": inner}
    _write(path, [*_MAIN[:3], {**repeated, "timestamp": "2026-05-01T10:00:04.000Z"}, *_MAIN[3:]])
    assert len(_run(path).calls) == 3


@pytest.mark.parametrize("name", ["agent-acompact-1a2b.jsonl", "agent-aprompt_suggestion-1a2b.jsonl", "notes.jsonl"])
def test_what_the_program_asked_for_itself_is_left_out(tmp_path: Path, name: str) -> None:
    path = _project(tmp_path)
    before = len(parts_of(path))
    _write(path.parent / _SESSION / "subagents" / name, _LEFT)
    assert len(parts_of(path)) == before


def test_files_beside_another_programs_are_none_of_its(tmp_path: Path) -> None:
    path = _project(tmp_path)
    path.write_text('{"type":"RUN_STARTED","threadId":"t","runId":"r"}\n')
    assert parts_of(path) == []


def test_a_sub_agents_file_belongs_to_its_session_while_that_is_there(tmp_path: Path) -> None:
    for is_older in (False, True):
        path = _project(tmp_path / str(is_older), is_older=is_older)
        agents = [part.path for part in parts_of(path)]
        assert len(agents) == 3
        assert all(map(is_part, agents))
        assert not is_part(path)
        path.unlink()
        assert not any(map(is_part, agents))
        assert _run(agents[0]).question == "Look left."


def test_links_and_what_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    path = _project(tmp_path)
    folder = path.parent / _SESSION / "subagents"
    (folder / "agent-ddd.jsonl").symlink_to(folder / "agent-aaa.jsonl")
    (folder / "agent-eee.jsonl").mkdir()
    (folder / "loop").symlink_to(folder)
    assert [part.path.name for part in parts_of(path)] == ["agent-aaa.jsonl", "agent-bbb.jsonl", "agent-ccc.jsonl"]


def test_a_process_of_its_own_reads_them_too(tmp_path: Path) -> None:
    path = _project(tmp_path)
    ahead = ReadAhead(JoinedFile(path, parts_of(path)), "replay", open_viewed)
    read = b""
    while (batch := ahead.read()) is not None:
        read += b"".join(raw + b"\n" for raw in batch.lines) if isinstance(batch.lines, list) else batch.lines
    ahead.close()
    here = Conversation([line.event for line in read_lines(path, open_viewed) if line.event is not None])
    there = Conversation(
        [ev_ for ev_ in (line.event for line in read_lines(_saved(tmp_path, read))) if ev_ is not None]
    )
    assert [_said(run) for run in there.runs] == [_said(run) for run in here.runs] != []


def _saved(folder: Path, data: bytes) -> Path:
    path = folder / "read.jsonl"
    path.write_bytes(data)
    return path


# Joining, of whatever lines


_lines = st.lists(
    st.tuples(st.none() | st.integers(0, 9), st.text('abc\n\\"', max_size=5)).map(
        lambda pair: json.dumps(
            {"text": pair[1], **({} if pair[0] is None else {"timestamp": f"2026-05-01T10:00:0{pair[0]}Z"})}
        ).encode()
    )
    | st.sampled_from([b"", b"no JSON", b"[1]"]),
    max_size=8,
)


@given(st.lists(_lines, min_size=1, max_size=4), st.integers(1, 200), st.booleans())
def test_joined_files_give_each_line_once_in_the_order_of_its_file(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[bytes]], size: int, is_cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("joined")
    paths = []
    for number, lines in enumerate(files):
        paths.append(folder / str(number))
        ends = b"" if is_cut else b"\n"
        paths[-1].write_bytes(b"\n".join(b"%d|" % number + line for line in lines) + (ends if lines else b""))
    with JoinedFile(paths[0], [Part(path) for path in paths[1:]]) as file:
        read = b"".join(iter(lambda: file.read(size), b""))
    for number, lines in enumerate(files):
        own = [line.partition(b"|")[2] for line in read.splitlines() if line.startswith(b"%d|" % number)]
        assert own == lines
    shutil.rmtree(folder)


def test_lines_of_one_file_are_parted_by_those_of_another_that_came_between(tmp_path: Path) -> None:
    moments = {"main": (1, 4, 5), "part": (2, 3, 6)}
    for name, seconds in moments.items():
        _write(tmp_path / name, [{"n": second, "timestamp": f"2026-05-01T10:00:0{second}Z"} for second in seconds])
    with JoinedFile(tmp_path / "main", [Part(tmp_path / "part", b'{"n":0}'), Part(tmp_path / "gone")]) as file:
        assert [json.loads(line)["n"] for line in file.read().splitlines()] == [0, 1, 2, 3, 4, 5, 6]


def test_an_import_of_a_folder_takes_sub_agents_with_their_session(tmp_path: Path) -> None:
    path = _project(tmp_path / "project")
    lines = [line.raw for line in read_lines(path, open_foreign) if line.event is not None]
    assert sum(b'"SUBAGENT_STARTED"' in raw for raw in lines) == 3
