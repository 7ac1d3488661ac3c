"""What a failure of a model call means, read out of whatever a client raises."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sources.failures.reading import read_failure
from agent.sources.failures.waits import MAX_RETRY_DELAY
from tests.agent.strategies import WILD_TEXTS


class Failed(Exception):
    """What a provider's client raises: some have a status, some a response, some a body."""

    def __init__(self, message: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.__dict__.update(fields)


class APIConnectionError(Exception):
    """Named as clients name theirs."""


class Cut(APIConnectionError):
    """A kind of it."""


def _headers(**headers: str) -> SimpleNamespace:
    return SimpleNamespace(headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
def test_what_may_pass_can_be_tried_again(status: int) -> None:
    assert read_failure(Failed("x", status_code=status)).retryable


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_will_not_pass_can_not(status: int) -> None:
    assert not read_failure(Failed("x", status_code=status)).retryable


def test_a_lost_connection_is_known_by_the_name_of_its_class_or_a_class_above_it_or_its_cause() -> None:
    outer = Failed("outer")
    outer.__cause__ = Cut()
    assert read_failure(Cut()).retryable
    assert read_failure(ConnectionResetError()).retryable
    assert read_failure(outer).retryable
    assert not read_failure(Failed("outer")).retryable


def test_the_status_may_be_that_of_the_cause() -> None:
    outer = Failed("outer")
    outer.__cause__ = Failed("inner", status_code=503, response=_headers(retry_after="2"))
    failure = read_failure(outer)
    assert (failure.retryable, failure.retry_after) == (True, 2.0)


def test_causes_that_go_round_in_a_circle_come_to_an_end() -> None:
    error = Failed("x")
    error.__cause__ = error
    assert read_failure(error).message == "x"


@given(WILD_TEXTS | st.floats().map(str) | st.sampled_from(["Wed, 21 Oct 9999 07:28:00 -0000", "0 Jan 0001 00:00"]))
def test_any_retry_after_is_a_wait_within_bounds_or_none(value: str) -> None:
    wait = read_failure(Failed("x", status_code=429, response=_headers(retry_after=value))).retry_after
    assert wait is None or 0 <= wait <= MAX_RETRY_DELAY


def test_a_date_is_a_wait_from_now() -> None:
    def wait(value: str) -> float | None:
        return read_failure(Failed("x", status_code=429, response=_headers(retry_after=value))).retry_after

    assert wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert wait("Wed, 21 Oct 2999 07:28:00 GMT") == MAX_RETRY_DELAY


def test_the_servers_own_words_come_first_with_the_status() -> None:
    body = {"message": "slow\ndown"}
    assert read_failure(Failed("Error code: 429 - {...}", status_code=429, body=body)).message == "429: slow down"
    assert read_failure(Failed("raw", body=body)).message == "slow down"
    assert read_failure(Failed("raw", body="text")).message == "text"
    assert read_failure(Failed()).message == "Failed"


def test_a_chunk_of_garbage_is_told_as_one() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{")
    assert read_failure(caught.value).message == "the model's server sent a chunk that is not JSON"


@given(WILD_TEXTS, st.none() | WILD_TEXTS)
def test_a_message_is_one_line_that_can_be_written(text: str, told: str | None) -> None:
    message = read_failure(Failed(text, body={"message": told})).message
    message.encode()
    assert len(message.splitlines()) <= 1
    assert len(read_failure(Failed("x" * 10_000)).message) < 600
