"""The further fields of a reply, as their fragments bring them."""

from typing import Any

from agent.sources.replies.endings import ending_of
from agent.sources.replies.fields import FieldGatherer, reasoning_of


def gathered(*fragments: dict[str, Any]) -> dict[str, Any]:
    gatherer = FieldGatherer()
    for fragment in fragments:
        gatherer.take(fragment)
    return gatherer.fields


def test_reasoning_grows_under_the_name_it_comes_by() -> None:
    assert gathered({"reasoning": "Two "}, {"reasoning": "and", "content": "5"}) == {"reasoning": "Two and"}
    assert gathered({"reasoning_content": ""}, {"reasoning_content": "a"}) == {"reasoning_content": "a"}


def test_what_every_message_has_is_no_further_field() -> None:
    assert gathered({"role": "assistant", "content": "x", "tool_calls": [], "channel": "analysis"}) == {}


def test_blocks_with_an_index_are_put_together_by_it() -> None:
    kind = {"type": "reasoning.text", "format": "f", "index": 0}
    secret = {"type": "reasoning.encrypted", "data": "e1", "id": "r", "index": 1}
    fields = gathered(
        {"reasoning_details": [{**kind, "text": "Add "}]},
        {"reasoning_details": [{**kind, "text": "them."}]},
        {"reasoning_details": [{**kind, "signature": "s"}, secret]},
    )
    assert fields == {"reasoning_details": [{**kind, "text": "Add them.", "signature": "s"}, secret]}


def test_blocks_without_an_index_end_with_their_signature() -> None:
    fields = gathered(
        {"thinking_blocks": [{"type": "thinking", "thinking": "A"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "dd", "signature": None}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "s1"}]},
        {"thinking_blocks": [{"type": "redacted_thinking", "data": "d1"}]},
        {"thinking_blocks": [{"type": "redacted_thinking", "data": "d2"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "B", "signature": "s2"}]},
    )
    assert [tuple(block.values())[1:] for block in fields["thinking_blocks"]] == [
        ("Add", "s1"),
        ("d1",),
        ("d2",),
        ("B", "s2"),
    ]


def test_a_signature_is_kept_whole() -> None:
    extra = {"extra_content": {"google": {"thought_signature": "abc"}}}
    assert gathered(extra, {"content": "x"}, extra) == extra


def test_what_a_calls_function_brings_beside_its_arguments_is_kept_with_it() -> None:
    call = {"id": "c", "function": {"name": "add", "arguments": "{", "thought_signature": "s"}}
    assert gathered(call, {"function": {"arguments": "}"}}) == {"function": {"thought_signature": "s"}}


def test_reasoning_told_by_several_names_is_shown_once() -> None:
    details = [{"type": "reasoning.text", "text": "a"}]
    assert reasoning_of({"reasoning": "a", "reasoning_details": details}) == "a"
    assert reasoning_of({"reasoning_details": details}) == "a"
    assert reasoning_of({"thinking_blocks": [{"type": "thinking", "thinking": "b"}]}) == "b"
    assert reasoning_of({"content": "c"}) == ""


def test_only_a_reason_that_is_known_to_be_good_is_a_success() -> None:
    assert {ending_of(word) for word in ("stop", "STOP", "tool_calls", "end_turn", "COMPLETE", "stopstop")} == {"done"}
    assert {ending_of(word) for word in ("eosFound", "tool-calls", "FINISH_REASON_STOP")} == {"done"}
    assert {ending_of(word) for word in ("length", "MAX_TOKENS", "model_length", "maxTokens", "max-tokens")} == {"cut"}
    assert {ending_of(word) for word in ("content_filter", "content-filter", "SAFETY", "sensitive")} == {"filtered"}
    assert {ending_of(word) for word in ("abort", "error", "network_error", "insufficient_system_resource", "hm")} == {
        "failed"
    }
