"""What servers say when they refuse an argument, and what only sounds like it."""

from typing import Any

import pytest

from agent.sources.failures.reading import read_failure
from agent.sources.replies.fields import NO_REASONING
from tests.agent.sources.failures.test_reading import Failed

ARGUMENTS = frozenset({"tools", "tool_choice", "temperature", "stream_options"})
WAYS = ARGUMENTS | {"stream", "system", "developer", "name", "content", NO_REASONING}
"""With those ways of asking that can be changed, too."""


def refused(status: int | None, body: Any, sent: frozenset[str] = ARGUMENTS) -> str | None:
    return read_failure(Failed("x", status_code=status, body=body), sent).refused


def said(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **fields}}


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (400, said("Unsupported value: this model takes no 'required'.", param="tool_choice"), "tool_choice"),
        (400, said("tool_choice 'required' is incompatible with thinking enabled"), "tool_choice"),
        (400, said("this model does not support this tool_choice"), "tool_choice"),
        (404, said("No endpoints found that support the provided 'tool_choice' value."), "tool_choice"),
        (422, {"detail": [{"loc": ["body", "tool_choice", "str"], "msg": "permitted: 'auto'"}]}, "tool_choice"),
        (400, said("Only the default (1) value is supported.", param="temperature"), "temperature"),
        (400, said("invalid temperature: only 1 is allowed for this model"), "temperature"),
        (400, {"error": "some/model:2b does not support tools"}, "tools"),
        (404, said("No endpoints found that support tool use."), "tools"),
        (500, said("tools param requires --jinja flag"), "tools"),
        (500, said("Unsupported param: tools"), "tools"),
        (400, said("Function calling is not enabled for this model"), "tools"),
        (400, said("some server does not support parameters: ['tools'], for this model"), "tools"),
        (400, said("`tool calling` is not supported with this model"), "tools"),
        (422, {"detail": [{"loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]}, "tools"),
        (400, said("This model does not allow tools"), "tools"),
        (400, said("此模型不支持工具"), "tools"),
        (400, said("tool_choice=required is not yet implemented"), "tool_choice"),
        (400, said("A forced tool call is unsupported while thinking"), "tool_choice"),
        (400, said("参数 stream_options 不支持"), "stream_options"),
        (400, said("extraneous key [stream_options] is not permitted"), "stream_options"),
        (400, said("'stream_options' is a non-supported property"), "stream_options"),
        (400, said("Unrecognized request argument supplied: stream_options"), "stream_options"),
        (
            422,
            {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]},
            "stream_options",
        ),
    ],
)
def test_an_argument_is_refused_where_the_body_names_it(status: int, body: Any, name: str) -> None:
    assert refused(status, body) == name


@pytest.mark.parametrize(
    "body",
    [
        said("Function call is missing a thought_signature. This is required for tools to work correctly."),
        said("tool call validation failed: attempted to call tool 'x' which was not in request.tools"),
        said("Invalid schema for function 'add'", param="tools[0].function.parameters"),
        said("Invalid 'tools': array too long. Expected at most 128", param="tools"),
        said("An assistant message with 'tool_calls' must be followed by tool messages."),
        said("max_tokens must be at least 1"),
        said("You requested 5000 tokens (200 in the functions/tools). The maximum context length is 4096 tokens."),
    ],
)
def test_a_word_alone_refuses_nothing(body: Any) -> None:
    assert refused(400, body) is None


def test_what_was_not_sent_is_not_refused() -> None:
    assert refused(400, said("temperature is deprecated for this model"), frozenset({"tools"})) is None


def test_a_choice_that_was_not_made_is_a_refusal_of_tools() -> None:
    words = said('"auto" tool choice requires a flag of the server to be set')
    assert refused(400, words) == "tool_choice"
    assert refused(400, words, frozenset({"tools"})) == "tools"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (said("property 'reasoning_content' is unsupported"), "reasoning_content"),
        (said("The reasoning_content field should not be included in messages"), "reasoning_content"),
        ({"detail": [{"loc": ["body", "messages", 2, "reasoning_content"], "msg": "Extra inputs are not permitted"}]},
         "reasoning_content"),
        (said("The reasoning_content must be passed back to the API."), None),
        (said("Missing `reasoning_content` field in the assistant message at index 1"), None),
    ],
)  # fmt: skip
def test_a_field_of_a_reply_is_refused_only_where_it_is_unwanted(body: Any, name: str | None) -> None:
    assert refused(400, body, ARGUMENTS | {"reasoning_content"}) == name


def test_the_name_of_a_result_is_refused_by_its_place_alone() -> None:
    place = {"detail": [{"loc": ["body", "messages", 3, "name"], "msg": "Extra inputs are not permitted"}]}
    assert refused(422, place, ARGUMENTS | {"name"}) == "name"
    assert refused(400, said("unknown name of a model"), ARGUMENTS | {"name"}) is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Streaming is not supported for this model", "stream"),
        ("This model doesn't support tool use in streaming mode.", "stream"),
        ("stream_options is not supported while stream is set", "stream_options"),
        ("The server closed the stream", None),
        ("System role not supported", "system"),
        ("Only user and assistant roles are supported!", "system"),
        ("Conversation roles must alternate user/assistant/user", "system"),
        ("the operating system is not supported", None),
        ("Unexpected role developer", "developer"),
        ("property 'name' is unsupported in a message of role tool", "name"),
        ("Unknown parameter: 'messages[3].name'", "name"),
        ("Unrecognized key(s) in object: 'name'", "name"),
        ("Additional properties are not allowed ('name' was unexpected)", "name"),
        ("Unsupported model 'messages[3].tool_calls[0].function.name'", None),
        ("unknown name of a model", None),
    ],
)
def test_a_way_of_asking_is_refused_where_a_sentence_says_so(words: str, name: str | None) -> None:
    assert refused(400, said(words), WAYS) == name


@pytest.mark.parametrize(
    "body",
    [
        said("invalid message content type: <nil>"),
        said("'content' field must be a string or an array of objects"),
        said("Missing required field: messages[2].content"),
        said('Jinja template error: can only concatenate str (not "NoneType") to str'),
        {"detail": [{"loc": ["body", "messages", 2, "content"], "msg": "Input should be a valid string"}]},
    ],
)
def test_a_message_without_a_text_is_what_a_server_may_refuse(body: Any) -> None:
    assert refused(400, body, WAYS) == "content"
    assert refused(400, body) is None


@pytest.mark.parametrize(
    "words",
    [
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
        "thinking is enabled but reasoning_content is missing in the assistant message at index 2",
    ],
)
def test_a_server_may_want_thoughts_with_a_reply_that_came_without(words: str) -> None:
    assert refused(400, said(words), WAYS) == NO_REASONING


def test_a_server_may_name_the_stream_in_the_structure() -> None:
    body = said("Your organization must be verified to stream this model.", param="stream", code="unsupported_value")
    assert refused(400, body, WAYS) == "stream"


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_other_statuses_refuse_no_argument(status: int) -> None:
    assert refused(status, said("this model does not support tools")) is None
