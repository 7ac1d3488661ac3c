"""What is handed on has no secret in it, however it was cut into fragments, and is else what it was."""

import json

from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events.wire import decode, encode
from agent.formats.exports.redacting import redacted
from agent.secrets import Secrets
from tests.agent.strategies import FEWER, conversations

KEY = "sk-proj-4f9a2c7be1"
SECRETS = Secrets(["correct horse"])


def _text(*pieces: str) -> list[ev.Event]:
    return [
        ev.RunStarted(timestamp=1, thread_id="t", run_id="r"),
        ev.TextMessageStart(timestamp=2, message_id="m", role="assistant"),
        *(ev.TextMessageContent(timestamp=3 + n, message_id="m", delta=piece) for n, piece in enumerate(pieces)),
        ev.TextMessageEnd(timestamp=90, message_id="m"),
        ev.RunFinished(timestamp=91, thread_id="t", run_id="r"),
    ]


def _said(lines: list[bytes]) -> str:
    return Conversation([decode(line) for line in lines]).runs[0].messages[0].fragments.text


@given(st.text("ab ", max_size=20), st.text(" \n", min_size=1, max_size=3), st.data())
def test_a_key_is_taken_out_however_it_was_cut_and_all_around_it_stays(
    before: str, after: str, data: st.DataObject
) -> None:
    for secret in (KEY, "correct horse"):
        text = f"{before} {secret}{after}end"
        cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        lines, count = redacted([encode(event) for event in _text(*pieces)], SECRETS)
        assert (_said(lines), count) == (f"{before} …{after}end", 1)
        assert len(lines) == len(pieces) + 4
        assert secret.encode() not in b"".join(lines)


def test_arguments_results_and_questions_are_looked_at_too() -> None:
    asked = ev.InputMessage(id="q", role="user", content=f"use {KEY}")
    events: list[ev.Event] = [
        ev.RunStarted(
            timestamp=1, thread_id="t", run_id="r", input=ev.RunInput(thread_id="t", run_id="r", messages=[asked])
        ),
        ev.ToolCallStart(timestamp=2, tool_call_id="c", tool_call_name="call"),
        ev.ToolCallArgs(timestamp=3, tool_call_id="c", delta='{"url": "https://ada:cor'),
        ev.ToolCallArgs(timestamp=3, tool_call_id="c", delta='rect@host"}'),
        ev.ToolCallEnd(timestamp=4, tool_call_id="c"),
        ev.ToolCallResult(timestamp=5, message_id="m", tool_call_id="c", content="Authorization: Bearer abc123def456"),
    ]
    lines, count = redacted([encode(event) for event in events], Secrets())
    told = b"".join(lines).decode()
    assert count == 3
    assert KEY not in told
    assert "abc123" not in told
    call = Conversation([decode(line) for line in lines]).runs[0].calls[0]
    assert json.loads(call.fragments.text) == {"url": "https://…host"}


@FEWER
@given(conversations())
def test_what_has_no_secret_stays_byte_for_byte(events: list[ev.Event]) -> None:
    lines = [encode(event) for event in events]
    marked, count = redacted(lines, Secrets())
    assert (marked == lines) == (count == 0)
