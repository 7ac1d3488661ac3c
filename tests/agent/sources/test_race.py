"""A race: each racer's turn is its own, what is alike is asked once, and nobody waits for anybody."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import tool

from agent.conversation.decisions import Decision
from agent.conversation.lineage import Lineage
from agent.conversation.run import RunStatus
from agent.errors import UsageError
from agent.reading.lines import read_lines
from agent.settings.settings import Settings
from agent.sources.executor.loop import AgentExecutor
from agent.sources.race import Race, Racer, racing_models
from agent.sources.tools.load import default_tools
from agent.transcripts.session import Session
from tests.agent.scripted import Gate, Reply, ScriptedModel, answering, asserted, calling

RAN: list[str] = []


@tool
def write(path: str) -> str:
    """Write a file."""
    RAN.append(path)
    return f"wrote {path}"


def _settings(folder: Path) -> Settings:
    return Settings(model="offline", data_dir=folder, offline_rate=0)


def _race(folder: Path, *replies: list[Reply], parent: Session | None = None) -> Race:
    """A race of scripted models whose one tool asks."""
    RAN.clear()
    models = [f"model-{number}" for number in range(1, len(replies) + 1)]
    race = Race.of(_settings(folder), "Which?", models, parent=parent)
    for racer, own in zip(race.racers, replies, strict=True):
        model = ScriptedModel(replies=own)
        racer.engine._source = AgentExecutor(model, [*default_tools(), write], needs_approval=["write"])
    return race


async def _run(race: Race, racer: Racer) -> None:
    async for event in race.events(racer):
        racer.session.conversation.apply(event)


async def _until(race: Race, is_so: Any) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - what is waited for is told by no one event
            await asyncio.sleep(0.005)


def _writing(path: str, **more: object) -> Reply:
    return calling(("write", {"path": path, **more}))


def _status(racer: Racer) -> RunStatus | None:
    return racer.turn.status if racer.turn is not None else None


async def test_every_racer_answers_in_a_session_of_its_own(tmp_path: Path) -> None:
    race = _race(tmp_path, [answering("one")], [answering("two")], [answering("three")])
    await asyncio.gather(*(_run(race, racer) for racer in race.racers))
    race.close()
    assert [racer.turn.answer for racer in race.racers if racer.turn] == ["one", "two", "three"]
    paths = [racer.session.path for racer in race.racers]
    assert len(set(paths)) == 3
    for path, answer in zip(paths, ("one", "two", "three"), strict=True):
        assert path is not None
        assert Session.open(path).conversation.runs[0].answer == answer
        asserted([line.event for line in read_lines(path) if line.event is not None])


async def test_without_a_past_the_others_are_siblings_of_the_first(tmp_path: Path) -> None:
    race = _race(tmp_path, [answering()], [answering()])
    await asyncio.gather(*(_run(race, racer) for racer in race.racers))
    first, second = race.racers
    assert first.turn is not None
    assert first.turn.lineage is None
    assert second.turn is not None
    assert second.turn.lineage == Lineage(
        branch="race", session=first.session.id, run=None, moment="event:0", patch=("model=model-2",)
    )


async def test_with_a_past_all_branch_off_where_it_ends(tmp_path: Path) -> None:
    past = _race(tmp_path, [answering("before")], [answering("x")])
    parent = past.racers[0]
    await _run(past, parent)
    race = _race(tmp_path, [answering("one")], [answering("two")], parent=parent.session)
    await asyncio.gather(*(_run(race, racer) for racer in race.racers))
    for racer in race.racers:
        assert racer.session.conversation.runs[0].answer == "before"
        assert racer.turn is not None
        assert racer.turn.lineage is not None
        assert (racer.turn.lineage.branch, racer.turn.lineage.session) == ("race", parent.session.id)
        assert racer.turn.lineage.patch == (f"model={racer.model}",)


async def test_one_that_fails_and_one_that_stalls_hold_up_nobody(tmp_path: Path) -> None:
    gate = Gate()
    race = _race(tmp_path, [answering("one")], [[RuntimeError("broken")]], [[gate]])
    tasks = [asyncio.create_task(_run(race, racer)) for racer in race.racers]
    await _until(race, lambda: all(task.done() for task in tasks[:2]))
    assert [_status(racer) for racer in race.racers] == [
        RunStatus.ANSWERED,
        RunStatus.MODEL_ERROR,
        RunStatus.RUNNING,
    ]
    race.cancel(race.racers[2])
    await asyncio.wait_for(tasks[2], 10)
    assert _status(race.racers[2]) is RunStatus.CANCELLED


async def test_calls_that_are_alike_are_asked_about_once_however_they_are_spelled(tmp_path: Path) -> None:
    alike = calling(("write", '{ "path" :"a.txt" }'))
    race = _race(tmp_path, [_writing("a.txt"), answering()], [alike, answering()], [_writing("b.txt"), answering()])
    asked: list[list[str]] = []
    race.listeners.append(lambda: asked.append([racer.name for racer in race.askers]))
    tasks = [asyncio.create_task(_run(race, racer)) for racer in race.racers]
    await _until(race, lambda: len(race._waiting) == 2 and len(race.askers) == 2)
    assert [racer.name for racer in race.askers] == ["model-1", "model-2"]
    race.decide(Decision("once"))
    await asyncio.wait_for(asyncio.gather(*tasks[:2]), 10)
    assert race.asking is not None
    assert race.asking.fragments.text == '{"path": "b.txt"}'
    race.decide(Decision("denied", "not that one"))
    await asyncio.wait_for(tasks[2], 10)
    assert RAN == ["a.txt", "a.txt"]
    third = race.racers[2].turn
    assert third is not None
    assert "not that one" in str(third.calls[0].result)
    assert asked[-1] == []


async def test_one_that_comes_later_is_answered_as_the_first_was_and_one_that_asks_again_is_asked_about(
    tmp_path: Path,
) -> None:
    gate = Gate()
    late = [gate, *_writing("a.txt")]
    race = _race(tmp_path, [_writing("a.txt"), _writing("a.txt"), answering()], [late, answering()])
    tasks = [asyncio.create_task(_run(race, racer)) for racer in race.racers]
    await _until(race, lambda: race.asking is not None)
    race.decide(Decision("once"))
    await _until(race, lambda: RAN == ["a.txt"] and race.asking is not None)
    assert [racer.name for racer in race.askers] == ["model-1"]
    gate.opened.set()
    await asyncio.wait_for(tasks[1], 10)
    assert RAN == ["a.txt", "a.txt"]
    race.decide(Decision("denied"))
    await asyncio.wait_for(tasks[0], 10)
    assert RAN == ["a.txt", "a.txt"]


async def test_what_is_allowed_for_the_session_is_allowed_in_the_whole_race(tmp_path: Path) -> None:
    race = _race(tmp_path, [_writing("a.txt"), answering()], [_writing("b.txt"), answering()])
    tasks = [asyncio.create_task(_run(race, racer)) for racer in race.racers]
    await _until(race, lambda: len(race._waiting) == 2)
    race.decide(Decision("session"))
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert sorted(RAN) == ["a.txt", "b.txt"]


async def test_changed_arguments_are_those_of_all_that_are_alike(tmp_path: Path) -> None:
    race = _race(tmp_path, [_writing("a.txt"), answering()], [_writing("a.txt"), answering()])
    tasks = [asyncio.create_task(_run(race, racer)) for racer in race.racers]
    await _until(race, lambda: len(race.askers) == 2)
    race.decide(Decision("once", arguments={"path": "c.txt"}))
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert RAN == ["c.txt", "c.txt"]


async def test_a_question_goes_with_the_racer_that_asked_it(tmp_path: Path) -> None:
    race = _race(tmp_path, [_writing("a.txt"), answering()], [answering()])
    tasks = [asyncio.create_task(_run(race, racer)) for racer in race.racers]
    await _until(race, lambda: race.asking is not None)
    race.cancel_all()
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert race.asking is None
    assert RAN == []
    race.decide(Decision("once"))


async def test_a_model_that_cannot_be_had_ends_its_own_turn_alone(tmp_path: Path) -> None:
    race = Race.of(_settings(tmp_path), "1 + 1", ["offline", "openai:x"], save=False)
    await asyncio.gather(*(_run(race, racer) for racer in race.racers))
    assert [_status(racer) for racer in race.racers] == [RunStatus.ANSWERED, RunStatus.UNAVAILABLE]
    assert all(racer.session.path is None for racer in race.racers)


def test_a_model_may_run_against_itself(tmp_path: Path) -> None:
    race = Race.of(_settings(tmp_path), "1 + 1", racing_models("offline, offline ,openai:x"))
    assert [racer.name for racer in race.racers] == ["offline", "offline (2)", "openai:x"]


@pytest.mark.parametrize("models", ["", "a", "a,", ",".join("abcde")])
def test_a_race_is_between_two_and_four(models: str) -> None:
    with pytest.raises(UsageError, match="between 2 and 4"):
        racing_models(models)
