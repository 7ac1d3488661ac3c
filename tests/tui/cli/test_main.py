"""What the command line decides by itself; whole journeys are in `tests/e2e`."""

import pytest

from tui.cli import main as cli
from tui.cli.parsing import EXIT_USAGE


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--model", "a:b", "ask", "q"], {"model": "a:b"}),
        (["ask", "q", "--model", "a:b"], {"model": "a:b"}),
        (["--model", "a:b", "ask", "q", "--model", "c:d"], {"model": "c:d"}),
        (["--tools", "m:x", "--tools", "m:y", "ask", "q"], {"tools": ["m:x", "m:y"]}),
        (["--no-tools", "ask", "q"], {"no_tools": True}),
        (["--continue", "ask", "q"], {"latest": True, "question": ["q"]}),
        (["ask"], {"question": [], "format": "text", "model": None, "no_tools": False, "tools": None}),
        ([], {"model": None, "resume": None, "latest": False}),
        (["--model", "a:b", "--continue"], {"model": "a:b", "latest": True}),
    ],
)
def test_an_option_counts_on_either_side_of_the_command(arguments: list[str], expected: dict[str, object]) -> None:
    parsed = vars(cli._arguments(arguments))
    assert {name: parsed[name] for name in expected} == expected


@pytest.mark.parametrize("arguments", [["--nope"], ["frob"], ["ask", "--format", "xml"], ["--model"]])
def test_a_wrong_argument_is_one_line_that_names_the_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli._arguments(arguments)
    assert stopped.value.code == EXIT_USAGE
    said = capsys.readouterr().err
    assert said.startswith("tickertape: ")
    assert said.endswith("--help\n")
    assert said.count("\n") == 1
