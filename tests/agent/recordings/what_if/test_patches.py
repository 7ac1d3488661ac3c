"""Patches as users write them."""

import pytest

from agent.errors import UsageError
from agent.recordings.what_if.patches import Patches, read_patches


def test_each_patch_is_read_by_its_name() -> None:
    read = read_patches(
        [
            "model=openai:x",
            "system=Be = kind",
            "temperature=0.5",
            "message= go\non",
            'call:add#2.args={"x": 1}',
            "result:look=a=b",
            "result:call_1=",
        ]
    )
    assert (read.model, read.system, read.temperature, read.message) == ("openai:x", "Be = kind", 0.5, " go\non")
    assert read.arguments == {"add#2": {"x": 1}}
    assert read.results == {"look": "a=b", "call_1": ""}
    assert len(read.told) == 7
    assert read.asks_otherwise
    assert not read_patches(["result:a=b"]).asks_otherwise
    assert read_patches([]) == Patches()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("nonsense", "'nonsense' is no patch; one is model=SPEC, system=TEXT"),
        ("modle=x", "is no patch; one is"),
        ("call:add={}", "is no patch; one is"),
        ("model=", "model= needs a value"),
        ("message=  ", "message= needs a value"),
        ("temperature=hot", "temperature=hot: a number from 0 to 2"),
        ("temperature=nan", "temperature=nan: a number from 0 to 2"),
        ("call:add.args=[1]", "must be a JSON object"),
        ("call:add.args={", "the arguments are no JSON"),
    ],
)
def test_what_is_no_patch_is_told_with_what_one_can_be(written: str, why: str) -> None:
    with pytest.raises(UsageError, match=why.replace("{", r"\{").replace("[", r"\[")) as raised:
        read_patches([written])
    assert "\n" not in str(raised.value)
