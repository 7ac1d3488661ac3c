"""Where a turn branches off: told on the wire, read back from it, whatever others say in its fields."""

import ag_ui.core
from ag_ui_validate.pytest_plugin import assert_valid_agui
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.lineage import Branch, Lineage, lineage_of
from agent.conversation.reducer import Conversation
from agent.events.types import RunStarted
from agent.events.wire import decode, encode
from agent.runs.run import Answer, Run
from tests.agent.strategies import JSON, TEXTS

LINEAGES = st.builds(
    Lineage,
    branch=st.sampled_from(["fork", "branch", "retry", "what-if", "race"]),
    session=st.none() | TEXTS,
    run=st.none() | TEXTS.filter(bool),
    moment=st.sampled_from(["event:175", "turn:2"]),
    patch=st.lists(TEXTS, max_size=2).map(tuple),
    step=st.sampled_from(["", "2", "2.1"]),
)


async def _answered(run: Run) -> Answer:
    return {"answer": "", "tools_used": []}


@given(LINEAGES)
async def test_what_a_run_is_told_of_its_lineage_is_read_back_from_its_first_event(lineage: Lineage) -> None:
    async with Run(_answered, "q", lineage=lineage) as run:
        lines = [encode(event) async for event in run]
    assert_valid_agui([line.decode() for line in lines], max_warnings=0)
    official = ag_ui.core.RunStartedEvent.model_validate_json(lines[0])
    assert official.parent_run_id == lineage.run
    started = decode(lines[0])
    assert isinstance(started, RunStarted)
    assert lineage_of(started) == lineage
    assert Conversation(map(decode, lines)).runs[0].lineage == lineage


async def test_a_run_that_follows_on_the_one_before_tells_no_lineage() -> None:
    async with Run(_answered, "q") as run:
        started = await anext(aiter(run))
    assert isinstance(started, RunStarted)
    assert lineage_of(started) is None
    assert started.parent_run_id is None


@given(st.dictionaries(st.sampled_from(["parentSession", "parentMoment", "parentStep", "branch", "patch"]), JSON))
def test_what_others_say_in_these_fields_is_taken_only_where_it_can_be_meant(metadata: dict[str, object]) -> None:
    lineage = lineage_of(RunStarted(thread_id="t", run_id="r", metadata=metadata))
    assert (lineage is not None) == isinstance(metadata.get("parentMoment"), str)
    if lineage is not None:
        assert isinstance(lineage.session, str | None)
        assert all(isinstance(one, str) for one in lineage.patch)
        assert lineage.words


def test_a_lineage_is_told_on_one_line() -> None:
    kinds: list[Branch] = ["what-if", "retry"]
    told = [Lineage(branch=kind, session="s", run="r", moment="turn:2", patch=("model=x",)).words for kind in kinds]
    assert told == ["what-if from turn:2 of s: model=x", "retry from turn:2: model=x"]
