"""Where time and money went, as an object: each model call has what it used and what that cost."""

from decimal import Decimal

from hypothesis import given

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from agent.formats.reports.timing import timing_object
from tests.agent.strategies import conversations


def _price(run: Run) -> Decimal | None:
    return Decimal(sum(use.output_tokens or 0 for use in run.usage)) / 100 if run.usage else None


def test_each_model_call_tells_its_tokens_and_its_cost_where_they_are_known() -> None:
    def step(name: str, usage: dict[str, int] | None) -> list[ev.Event]:
        metadata = None if usage is None else {"usage": usage}
        return [
            ev.StepStarted(timestamp=1, step_name=name),
            ev.StepFinished(timestamp=2, step_name=name, metadata=metadata),
        ]

    usage = [ev.TokenUsage(input_tokens=12, output_tokens=30)]
    told = [
        ev.RunStarted(timestamp=0, thread_id="t", run_id="r", metadata={"model": "openai:m"}),
        *step("one", {"inputTokens": 12, "outputTokens": 30}),
        *step("two", None),
        ev.RunFinished(timestamp=3, thread_id="t", run_id="r", usage=usage),
    ]
    (turn,) = timing_object(Conversation(told).runs, _price)["turns"]
    assert [step["cost_usd"] for step in turn["spans"]] == [0.3, None]
    assert turn["cost_usd"] == 0.3
    model = turn["spans"][0]["spans"][0]
    assert (model["kind"], model["cost_usd"]) == ("model", 0.3)
    counted = {"gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 30}
    assert counted.items() <= model["attributes"].items()
    assert turn["spans"][1]["spans"][0]["cost_usd"] is None


@given(conversations())
def test_any_turns_have_an_object_of_their_time(told: list[ev.Event]) -> None:
    runs = Conversation(told).runs
    turns = timing_object(runs)["turns"]
    assert [turn["id"] for turn in turns] == [run.id for run in runs]
    assert all(step["cost_usd"] is None for turn in turns for step in turn["spans"])
