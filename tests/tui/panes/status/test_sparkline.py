"""The bars count each fragment once, over the whole run."""

from agent.events import types as ev
from tests.tui.panes.script import Script
from tui.panes.status.sparkline import Sparkline


def test_a_fragment_is_counted_once_and_the_bars_never_outgrow_their_place() -> None:
    script = Script().ask("?").step()
    call = script.call("add")
    line = Sparkline(script.run)
    for _ in range(400):
        script.write(call, ["1"], pause=50)
        line.update()
        line.update()
        assert len(line.bars("12345678")) <= 12
    stepwise = line.bars("12345678")
    at_once = Sparkline(script.run)
    at_once.update()
    assert at_once.bars("12345678") == stepwise
    assert stepwise.count("8") >= len(stepwise) - 3  # an even rate is an even line


def test_a_pause_shows_as_the_lowest_bar() -> None:
    script = Script().ask("?").step()
    call = script.call("add")
    script.write(call, ["1"] * 10, pause=10).wait(1_000).write(call, ["1"] * 10, pause=10)
    line = Sparkline(script.run)
    line.update()
    bars = line.bars("_#")
    assert bars[0] == "#"
    assert "_" in bars
    assert Sparkline(script.run).bars("_#") == ""


def test_two_texts_that_a_sender_calls_by_one_id_are_counted_each() -> None:
    script = Script().ask("?").step()
    line = Sparkline(script.run)
    for pieces in (3, 1):
        script.conversation.apply(ev.TextMessageStart(message_id="m", timestamp=script.now))
        for _ in range(pieces):
            script.conversation.apply(ev.TextMessageContent(message_id="m", delta="x", timestamp=script.now))
        script.conversation.apply(ev.TextMessageEnd(message_id="m", timestamp=script.now))
        script.result(script.call("add"), "1", ms=0)
        line.update()
    assert sum(line._counts) == 4
