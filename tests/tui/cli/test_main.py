"""What the command line decides by itself; whole journeys are in `tests/e2e`."""

import pytest

from tui.cli import config
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


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize("more", [[], ["--debug"]], ids=["plain", "debug"])
def test_a_fault_of_ours_is_told_without_what_is_secret(
    more: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        held = "a-secret-of-mine"
        raise LookupError(f"no {held} at http://user:password9@host")

    monkeypatch.setenv("MY_TOKEN", "a-secret-of-mine")
    monkeypatch.setitem(config._ACTIONS, "path", fail)
    assert cli.main([*more, "config", "path"]) == 1
    said = capsys.readouterr().err
    assert "LookupError: no … at http://…@host" in said
    assert ("Traceback" in said) is bool(more)
    assert not any(secret in said for secret in ("a-secret-of-mine", "password9"))
