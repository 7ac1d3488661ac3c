"""The page that plays: everything is in it once, nothing foreign can end its block, and it says what its times are."""

import hashlib
import json
import re
from base64 import b64encode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.events import types as ev
from agent.formats.exports.playing import playing_page
from agent.recordings.recording import Recording
from agent.text import visible
from tests.agent.strategies import FEWER, conversations
from tests.tui.replays import session

EVENTS = session()


def _page(events: list[ev.Event], **options: Any) -> str:
    return "".join(playing_page(Recording.of(events), **options))


def _data(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="recording" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


@FEWER
@given(conversations())
def test_every_fragment_is_in_it_at_its_time_in_order(events: list[ev.Event]) -> None:
    recording = Recording.of(events)
    data = _data("".join(playing_page(recording)))
    runs = recording.state(len(recording)).runs
    told = [[visible(item.fragments.text) for item in run.items if hasattr(item, "fragments")] for run in runs]
    # Over the joints as well: what is too many of a sign at once may be parted by them.
    assert [
        [visible("".join(item["pieces"])) for item in turn["items"] if item["kind"] != "note"] for turn in data["turns"]
    ] == told
    for turn in data["turns"]:
        for item in turn["items"]:
            assert item["times"] == sorted(item["times"])
            assert len(item["times"]) == len(item["pieces"])


@given(st.text())
def test_nothing_that_is_said_ends_the_block_or_is_taken_for_html(text: str) -> None:
    said = f"{text}</script><script>alert(1)</script><!--"
    page = _page(
        [
            ev.RunStarted(timestamp=1, thread_id="t", run_id="r"),
            ev.TextMessageStart(timestamp=2, message_id="m", role="assistant"),
            ev.TextMessageContent(timestamp=3, message_id="m", delta=said),
            ev.TextMessageEnd(timestamp=4, message_id="m"),
            ev.RunFinished(timestamp=5, thread_id="t", run_id="r"),
        ]
    )
    assert page.count("</script>") == 2
    assert "".join(_data(page)["turns"][0]["items"][0]["pieces"]) == visible(said)


def test_the_policy_lets_in_the_one_script_and_the_one_style_and_nothing_from_elsewhere() -> None:
    page = _page(EVENTS)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    for kind, text in (
        ("script-src", re.search(r"<script>(.*?)</script>", page, re.DOTALL)),
        ("style-src", re.search(r"<style>(.*?)</style>", page, re.DOTALL)),
    ):
        assert text is not None
        digest = b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'")
    assert not re.search(r"https?://|\bsrc=|\bhref=|url\(|@import", page)


def test_it_says_whether_its_times_are_real_and_shortens_pauses_where_it_says_so() -> None:
    assert "In the recorded time." in _page(EVENTS)
    limited = _page(EVENTS, idle_limit=1.0)
    assert "Pauses longer than 1 s are shortened" in limited
    assert _data(limited)["length"] < _data(_page(EVENTS))["length"] - 3_900
    fields = [{name: getattr(event, name) for name in event.__struct_fields__} for event in EVENTS]
    undated = [type(event)(**{**own, "timestamp": None}) for event, own in zip(EVENTS, fields, strict=True)]
    assert "The recording does not say when anything happened: paced at 3,000 words a minute." in _page(undated)


def test_turns_and_calls_are_marked_where_they_begin() -> None:
    data = _data(_page(EVENTS))
    assert [kind for _at, _name, kind in data["marks"]] == ["turn", "call", "call", "call"] * 2
    assert [at for at, _name, _kind in data["marks"]] == sorted(at for at, _name, _kind in data["marks"])
    call = next(item for item in data["turns"][0]["items"] if item["kind"] == "call")
    assert (call["name"], call["result"], [words for _at, words in call["states"]]) == ("add", "7", ["runs", "done"])
