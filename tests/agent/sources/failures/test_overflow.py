"""What servers say of a window that is too small, and how long they ask to wait."""

from typing import Any

import pytest

from agent.sources.failures.reading import read_failure
from tests.agent.sources.failures.test_reading import Failed


def failure(status: int | None, body: Any) -> Any:
    return read_failure(Failed("x", status_code=status, body=body))


@pytest.mark.parametrize(
    ("status", "body", "window", "sent"),
    [
        (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the "
              "messages, 1000 in the completion).", 4096, 5000),
        (400, {"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 9113, "n_ctx": 8192,
                         "message": "the request exceeds the available context size"}}, 8192, 9113),
        (400, "prompt is too long: 209988 tokens > 200000 maximum", 200_000, 209_988),
        (400, "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000", 200_000, None),
        (400, "The input token count (1,200,000) exceeds the maximum number of tokens allowed (1048576).",
         1_048_576, 1_200_000),
        (400, "Range of input length should be [1, 30720]", 30_720, None),
        (413, {"error": {"message": "Request too large: Limit 6000, Requested 9173"}}, 6000, 9173),
        (400, {"error": {"code": "context_length_exceeded", "message": "too much"}}, None, None),
        (500, "Context size has been exceeded.", None, None),
        (422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens", 4096, 5000),
        (400, "the tokens of the request are more than max tokens allowed", None, None),
        (400, {"base_resp": {"status_code": 2013, "status_msg": "context window exceeds limit (2013)"}}, None, None),
    ],
)  # fmt: skip
def test_a_full_window_is_known_with_its_figures(status: int, body: Any, window: int | None, sent: int | None) -> None:
    found = failure(status, body)
    assert (found.overflow.window, found.overflow.sent) == (window, sent)
    assert not found.retryable
    assert "window" in found.message


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, "too many messages"),
        (429, "tokens per min: Limit 30000, Requested 3000"),
        (400, "max_tokens is too large"),
    ],
)
def test_other_limits_are_no_full_window(status: int, body: Any) -> None:
    assert failure(status, body).overflow is None


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"message": "Rate limit reached. Please try again in 4.2s."}}, 4.2),
        ({"error": {"message": "Please try again in 250ms."}}, 0.25),
        ({"error": {"message": "Please retry in 1m2.5s."}}, 30.0),
        ([{"error": {"details": [{"@type": "google.rpc.RetryInfo", "retryDelay": "21s"}]}}], 21.0),
        ({"error": {"metadata": {"headers": {"Retry-After": "7"}}}}, 7.0),
        ({"retry_after_ms": 1500}, 1.5),
        ({"error": {"message": "slow down"}}, None),
    ],
)
def test_a_wait_is_found_wherever_the_body_tells_it(body: Any, seconds: float | None) -> None:
    found = failure(429, body)
    assert found.retryable
    assert found.retry_after == seconds


def test_a_quota_that_is_used_up_is_not_waited_for() -> None:
    found = failure(429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}})
    assert not found.retryable
    assert "billing" in found.message


@pytest.mark.parametrize("code", ["overloaded_error", "server_error", 502, "503", "rate_limit_exceeded"])
def test_an_error_in_band_passes_as_its_status_would(code: Any) -> None:
    assert failure(None, {"message": "x", "code": code}).retryable


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "pulling it"}, "400: pulling it"),
        ({"detail": "not here"}, "400: not here"),
        ({"detail": [{"loc": ["body", "n"], "msg": "too many"}]}, "400: n: too many"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": '{"error": {"message": "inner"}}'}}},
         "400: inner"),
        ({"message": '{"error": {"message": "inner"}}'}, "400: inner"),
        ([{"error": {"message": "in a list"}}], "400: in a list"),
        ({"errors": [{"message": "one"}]}, "400: one"),
        ("plain\ntext", "400: plain text"),
    ],
)  # fmt: skip
def test_the_words_of_the_innermost_server_are_told(body: Any, words: str) -> None:
    assert failure(400, body).message == words


def test_the_leaf_of_a_group_is_what_failed() -> None:
    group = ExceptionGroup("unhandled errors", [Failed("x", status_code=503, body={"message": "busy"})])
    found = read_failure(group)
    assert (found.message, found.retryable) == ("503: busy", True)


@pytest.mark.parametrize("place", ["code", "response"])
def test_the_status_is_found_wherever_a_client_keeps_it(place: str) -> None:
    fields: dict[str, Any] = {"code": 503} if place == "code" else {"response": Failed(status_code=503)}
    assert read_failure(Failed("busy", **fields)).retryable
