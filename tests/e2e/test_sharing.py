"""`tickertape replay --export`, as a process: what leaves, what is asked before, and what cannot be."""

import json
from pathlib import Path

import pytest

from agent.events import types as ev
from agent.events.wire import encode
from tests.e2e.asking import run, transcripts
from tests.e2e.terminal import ENTER, Terminal
from tests.places import ROOT

SAMPLE = str(ROOT / "agent" / "recordings" / "sample.jsonl")
KEY = "sk-proj-4f9a2c7be1d0"


@pytest.fixture
def leaking(tmp_path: Path) -> str:
    """A recording in which a model writes a key, in two fragments."""
    events: list[ev.Event] = [
        ev.RunStarted(timestamp=1_700_000_000_000, thread_id="t", run_id="r"),
        ev.TextMessageStart(timestamp=1_700_000_000_100, message_id="m", role="assistant"),
        ev.TextMessageContent(timestamp=1_700_000_000_200, message_id="m", delta=f"use {KEY[:9]}"),
        ev.TextMessageContent(timestamp=1_700_000_000_300, message_id="m", delta=f"{KEY[9:]} for it, of a-tenant"),
        ev.TextMessageEnd(timestamp=1_700_000_000_400, message_id="m"),
        ev.RunFinished(timestamp=1_700_000_000_500, thread_id="t", run_id="r"),
    ]
    path = tmp_path / "leaking.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    return str(path)


def test_a_secret_is_warned_of_and_leaves_only_where_it_is_not_redacted(leaking: str, tmp_path: Path) -> None:
    whole, clean = tmp_path / "whole.html", tmp_path / "clean.html"
    done = run("replay", leaking, "--export", str(whole))
    assert (done.code, done.out) == (0, b"")
    assert "1 place in it looks like a secret; --redact takes that out" in done.err
    assert KEY[9:] in whole.read_text()
    done = run("replay", leaking, "--export", str(clean), "--redact")
    assert done.code == 0
    assert "1 place marked" in done.err
    assert KEY[9:] not in clean.read_text()
    assert "use …" in clean.read_text()


def test_a_cast_is_redacted_too_and_is_of_the_version_that_was_asked_for(leaking: str, tmp_path: Path) -> None:
    for version in ("2", "3"):
        path = tmp_path / f"{version}.cast"
        done = run("replay", leaking, "--export", str(path), "--redact", "--asciicast", version, "--size", "60x20")
        assert done.code == 0, done.err
        header = json.loads(path.read_text().splitlines()[0])
        assert header["version"] == int(version)
        assert KEY[9:] not in path.read_text()


@pytest.mark.parametrize("export_format", ["markdown", "json", "events", "html"])
def test_a_session_is_exported_by_the_same_rule(leaking: str, export_format: str) -> None:
    assert run("sessions", "import", leaking).code == 0
    (session,) = transcripts()
    whole = run("sessions", "export", session.stem, "--format", export_format)
    assert (whole.code, whole.err) == (0, "tickertape: 1 place in it looks like a secret; --redact takes that out\n")
    clean = run("sessions", "export", session.stem, "--format", export_format, "--redact")
    assert (clean.code, clean.err) == (0, "tickertape: 1 place marked …\n")
    assert (KEY[9:].encode() in whole.out, KEY[9:].encode() in clean.out) == (True, False)
    assert b"for it" in clean.out


def test_what_only_the_settings_say_is_a_secret_is_one_in_an_export_too(leaking: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[providers.own]\nbase_url = "http://127.0.0.1:9"\nkey_env = "TENANT"\n')
    environment = {"TICKERTAPE_CONFIG": str(tmp_path / "own.toml"), "TENANT": "a-tenant"}
    assert run("sessions", "import", leaking).code == 0
    (session,) = transcripts()
    clean = run("sessions", "export", session.stem, "--redact", env=environment)
    assert (clean.code, clean.err) == (0, "tickertape: 2 places marked …\n")
    assert b"for it, of \xe2\x80\xa6" in clean.out


@pytest.mark.parametrize(("answer", "code", "is_kept"), [("r", 0, False), ("k", 0, True), ("", 2, None)])
def test_at_a_terminal_it_is_asked(leaking: str, tmp_path: Path, answer: str, code: int, is_kept: bool | None) -> None:
    assert run("sessions", "import", leaking).code == 0
    (session,) = transcripts()
    page = tmp_path / "page.md"
    with Terminal("sessions", "export", session.stem, "--output", str(page)) as terminal:
        terminal.wait_for("[r]edact, [k]eep, or [N]o export?")
        terminal.send(answer, ENTER)
        assert terminal.wait_exit() == code
    assert page.exists() == (code == 0)
    if is_kept is not None:
        assert (KEY[9:] in page.read_text()) == is_kept


def test_a_recording_without_secrets_says_nothing_of_them(tmp_path: Path) -> None:
    done = run("replay", SAMPLE, "--export", str(tmp_path / "page.html"), "--idle-limit", "2")
    assert done.code == 0
    assert done.err == f"{tmp_path / 'page.html'}: 364 events\n"
    assert "Pauses longer than 2 s are shortened" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--export", "x.html", "--size", "80x24"), "--size is an asciicast's"),
        (("--export", "x.html", "--speed", "2"), "--speed and --from are an asciicast's"),
        (("--export", "x.html", "--asciicast", "2"), "--asciicast goes with --export FILE.cast"),
        (("--asciicast", "3"), "--asciicast goes with --export FILE.cast"),
        (("--export", "x.cast", "--asciicast", "1"), "invalid choice: 1"),
        (("--redact",), "--redact goes with --export"),
        (("--export", __file__), "never overwritten"),
        (("--export", "x.foo"), "x.foo: end its name in .cast for an asciicast, or in .html for a page"),
        (("--export", "cast"), "end its name in .cast"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(words: tuple[str, ...], why: str) -> None:
    done = run("replay", SAMPLE, *words)
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert why in done.err
