"""That the benchmarks measure what they say: loads and saved sessions are of the size that was asked for."""

import json
from pathlib import Path

import pytest

from agent.conversation.run import RunStatus
from agent.transcripts.session import Session
from tests.benchmarks.load import LAST, MARKER, Load, marker
from tests.benchmarks.report import Floor, Row, table
from tests.benchmarks.sessions import EVENTS, write_session


@pytest.mark.parametrize("tokens", [1, 60, 1_000, 8_001])
def test_a_load_has_its_size_and_each_marker_once(tokens: int) -> None:
    pieces = Load(tokens=tokens, rate=0, mark=7).pieces()
    markers = MARKER.findall("".join(pieces).encode())
    assert len(pieces) == tokens
    assert {mark for mark, _number in markers} == {b"0007"}
    assert [int(number) for _mark, number in markers] == [*range(len(markers) - 1), LAST]


def test_a_question_tells_its_load() -> None:
    load = Load(tokens=60, rate=200, mark=12)
    assert Load.parse(f"Please: {load.question}") == load


def test_a_saved_session_has_its_size_and_its_end(tmp_path: Path) -> None:
    path = tmp_path / "saved.jsonl"
    write_session(path, turns=3, end="the end")
    runs = Session.open(path).conversation.runs
    assert len(path.read_bytes().splitlines()) == 3 * EVENTS
    assert [run.status for run in runs] == [RunStatus.ANSWERED] * 3
    assert (runs[-1].answer or "").endswith("the end")


@pytest.mark.parametrize(
    ("limit", "ratio_limit", "held"),
    [(2.0, None, True), (1.0, None, False), (2.0, 2.0, True), (1.0, 2.0, False)],
)
def test_a_budget_is_held_or_not(limit: float, ratio_limit: float | None, held: bool) -> None:
    row = Row(what="it", value=1.5, unit="s", floor=Floor("this", 1), limit=limit, ratio_limit=ratio_limit)
    assert row.held is held
    assert ("**no**" in table([row])) is not held


def test_a_load_that_is_a_call_is_an_object_of_markers_and_is_asked_for_as_one() -> None:
    load = Load(tokens=77, rate=100, mark=7, is_call=True)
    assert Load.parse(f"please {load.question} | more") == load
    pieces = load.pieces()
    assert json.loads("".join(pieces)) == {f"n{number:02}": marker(7, number) for number in range(11)}
    assert len(pieces) == 78
    assert load.first in pieces
