"""`tickertape ask`: formats, pipes, sessions, tools, errors, cancelling, each by the real program."""

import json
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.asking import Outcome, ask, assert_clean, at_once, data_dir, finished, kinds, run, start, transcripts
from tests.e2e.server import Refusal, call, finish, model_server, text, usage
from tests.e2e.terminal import Terminal, ctrl
from tests.places import GOLDEN, ROOT

QUESTION = "What is 10 + 10"
ODD = str(ROOT / "tests" / "agent" / "sources" / "tools" / "mcp" / "server.py")
"""A server of tools, one of which asks the user."""
USER_TOOLS = '''
def greet(name: str) -> str:
    """Greet someone by name."""
    return f"Hello, {name}"

def fail(reason: str) -> str:
    """Fail for a reason."""
    raise RuntimeError(reason)

def undocumented(x): return x

number = 3
both = [greet, fail]
'''


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a user's tools in it."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "e2e_tools.py").write_text(USER_TOOLS)
    (folder / "e2e_broken.py").write_text("raise RuntimeError('no\\nluck')\n")
    return folder


def assert_one_line(outcome: Outcome, *words: str) -> None:
    """What went to stderr is one line that has these words, and no traceback."""
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("tickertape: ")
    assert all(word in outcome.err for word in words), outcome.err


# What is printed


def test_each_format_prints_its_golden_file() -> None:
    outcomes = at_once(
        partial(ask, "--format", name, QUESTION, data=data_dir() / name) for name in ("steps", "tokens", "json")
    )
    for name, outcome in zip(("steps", "tokens", "json"), outcomes, strict=True):
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out == (GOLDEN / f"ask_{name}.txt").read_bytes()


def test_the_offline_model_answers_right() -> None:
    answers = {
        "10 + 10": "20.",
        "(3 + 4) * 2^5": "224.",
        "12 times 9 minus 8": "100.",
        "2 to the power of 10": "1024.",
        "-3 - -5": " 2.",
        "0.1 + 0.2": "0.3.",
        "7 / 2": "3.5.",
        "(1+2)*(3+4)*(5+6)": "231.",
        "add 5 and 6, then multiply by 2": "22.",
        "what is the sum of 3, 4 and 5?": "12.",
        "10 / 0": "division by zero has no result.",
        "hello": "start with --model openai:NAME.",
        "9^9^9": "the result would be too large (more than 1,000 digits, or beyond a float).",
    }
    outcomes = at_once(partial(ask, question, "--no-save") for question in answers)
    for (question, answer), outcome in zip(answers.items(), outcomes, strict=True):
        assert (outcome.code, outcome.err) == (0, ""), question
        assert outcome.text.endswith(f"{answer}\n"), question
    assert transcripts() == []


def test_events_are_clean_and_saved_as_printed_however_the_run_ends() -> None:
    with model_server(
        Refusal(503, headers={"Retry-After": "0"}),
        Refusal(503, headers={"Retry-After": "0"}),
        [text("It is "), text("20."), finish(), usage(12, 3)],
    ) as server:
        refused = socket.create_server(("127.0.0.1", 0))
        address = {"OPENAI_BASE_URL": f"http://127.0.0.1:{refused.getsockname()[1]}/v1"}
        refused.close()
        endings = {
            "success": (QUESTION, {}, 0, "RUN_FINISHED"),
            "tool failure": ("10 / 0", {}, 0, "RUN_FINISHED"),
            "iteration limit": (QUESTION, {"TICKERTAPE_MAX_ITERATIONS": "1"}, 1, "iteration_limit"),
            "model failure": (QUESTION, address, 1, "model_error"),
            "retries": (QUESTION, server.environment, 0, "RUN_FINISHED"),
        }
        outcomes = at_once(
            partial(ask, "--format", "events", question, env=env, data=data_dir() / name)
            for name, (question, env, _code, _end) in endings.items()
        )
    for (name, (_question, _env, code, end)), outcome in zip(endings.items(), outcomes, strict=True):
        last = outcome.events[-1]
        assert (outcome.code, last.get("code", last["type"])) == (code, end), name
        assert_clean(outcome, data_dir() / name)
        assert outcome.err.count("\n") == code, name
    by_name = dict(zip(endings, outcomes, strict=True))
    assert "tickertape: no connection to http://127.0.0.1:" in by_name["model failure"].err
    retries = [event["value"] for event in by_name["retries"].events if event.get("name") == "tickertape.retry"]
    assert [(value["attempt"], value["delayMs"]) for value in retries] == [(1, 0), (2, 0)]
    assert [event["metadata"].get("error") for event in by_name["tool failure"].events if "content" in event] == [
        True,
        None,
    ]


def test_json_is_utf_8_whatever_the_locale() -> None:
    latin = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
    formats = ("json", "text")
    with model_server(*[[text("naïve ✓"), finish()]] * 2) as server:
        env = {**latin, **server.environment}
        outcomes = at_once(
            partial(lambda name, env: finished(start("ask", "hm", "--no-save", "--format", name, env=env)), name, env)
            for name in formats
        )
    assert [outcome.code for outcome in outcomes] == [0, 0]
    assert json.loads(outcomes[0].out)["answer"] == "naïve ✓"
    assert outcomes[1].out.decode("latin-1") == "naïve ?\n"


def test_the_model_gets_the_past_of_a_resumed_session_by_its_id_or_the_beginning_of_it() -> None:
    first = ask("--format", "events", QUESTION)
    (path,) = transcripts()
    second = ask("--format", "events", "--resume", path.stem, "now double it")
    assert second.events[-1]["result"]["answer"].endswith("equals 40.")
    assert first.out + second.out == path.read_bytes()
    third = ask("--resume", path.stem[:8], "now double it")
    assert third.text.endswith("equals 80.\n")
    unknown, impossible = at_once(partial(ask, "--resume", name, "x") for name in ("1999", "../1999"))
    assert (unknown.code, unknown.out, impossible.code) == (2, b"", 2)
    assert_one_line(unknown, "1999", str(data_dir()))
    assert_one_line(impossible, "../1999")
    assert transcripts() == [path]


# Where the question comes from


def test_words_without_quotes_are_one_question_whatever_they_begin_with() -> None:
    for words in (["What", "is", "2", "+", "-2"], ["-2", "+", "2"], ["--", "-2", "+", "2"]):
        done = ask(*words, "--no-save") if "--" not in words else ask("--no-save", *words)
        assert (done.code, done.err) == (0, ""), words
        assert done.text.endswith("equals 0.\n"), words


def test_a_pipe_is_the_question_or_stands_after_it() -> None:
    empty_pipe, spoken, dash, both, dash_closed = at_once(
        [
            partial(ask, "--format", "json", QUESTION, piped=b"  \n", data=data_dir() / "1"),
            partial(ask, "--format", "json", piped=b"What is 1 + 2?\n", data=data_dir() / "2"),
            partial(ask, "--format", "json", "-", piped=b"What is 1 + 2?", data=data_dir() / "3"),
            partial(ask, "--format", "json", "Add these up:", piped=b"1, 2\n3 \xc3\xa9\xff", data=data_dir() / "4"),
            partial(ask, "--format", "json", "-", piped=b"", data=data_dir() / "5"),
        ]
    )
    questions = [json.loads(outcome.out)["question"] for outcome in (empty_pipe, spoken, dash, both)]
    assert questions == [QUESTION, "What is 1 + 2?", "What is 1 + 2?", "Add these up:\n\n1, 2\n3 é\ufffd"]
    assert json.loads(spoken.out)["answer"] == "1 + 2 equals 3."
    assert dash_closed.code == 2
    assert_one_line(dash_closed, "nothing to ask")


_ASK_EACH = """
import contextlib, io, json, sys
from tui.cli.main import main

for arguments in json.loads(sys.argv[1]):
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        try:
            code = main(["ask", *arguments])
        except SystemExit as done:
            code = done.code
    print(json.dumps([code, err.getvalue()]))
"""
"""Asks several times in one process, as most of the time of each would be its start."""


def test_what_cannot_be_asked_is_one_line_and_exit_code_2(tools: Path) -> None:
    attempts: dict[str, list[str]] = {
        "nothing to ask": [""],
        "nothing to ask:": [],
        "name it as PROVIDER:NAME": ["--model", "unknown", "hi"],
        "pip install": ["--model", "fireworks:model", "hi"],
        "OPENAI_API_KEY": ["--model", "openai:gpt", "hi"],
        "MODULE:NAME": ["--tools", "e2e_tools", "hi"],
        "importing nowhere failed": ["--tools", "nowhere:x", "hi"],
        "importing e2e_broken failed": ["--tools", "e2e_broken:x", "hi"],
        "e2e_tools has no x": ["--tools", "e2e_tools:x", "hi"],
        "int is neither": ["--tools", "e2e_tools:number", "hi"],
        "docstring": ["--tools", "e2e_tools:undocumented", "hi"],
        "--format": ["--format", "xml", "hi"],
        "unrecognized": ["--frobnicate", "hi"],
        "a number": ["hi"],
    }
    done = subprocess.run(
        [sys.executable, "-c", _ASK_EACH, json.dumps(list(attempts.values())[:-1])],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        cwd=tools,
    )
    outcomes = [Outcome(code=code, out=b"", err=err) for code, err in map(json.loads, done.stdout.splitlines())]
    outcomes.append(ask("hi", env={"TICKERTAPE_MAX_ITERATIONS": "many"}))
    for (words, attempt), outcome in zip(attempts.items(), outcomes, strict=True):
        assert outcome.code == 2, attempt
        assert_one_line(outcome, words)
    assert transcripts() == []


def test_options_count_before_the_command_too(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    first = run("--data-dir", str(elsewhere), "ask", "--no-tools", QUESTION)
    assert first.code == 0
    assert "I would need a tool that adds" in first.text
    second = run("--data-dir", str(elsewhere), "--continue", "ask", "--format", "json", "hi")
    (path,) = transcripts(elsewhere)
    assert len([line for line in path.read_text().splitlines() if "RUN_FINISHED" in line]) == 2
    assert json.loads(second.out)["status"] == "answered"
    assert transcripts() == []


# A user's tools


def test_a_users_tools_run_where_they_are_allowed_and_the_agent_goes_on_where_they_are_not(tools: Path) -> None:
    allowed, failing, refused, plain = at_once(
        [
            partial(ask, "--tools", "e2e_tools:both", "--yes", "greet(name='Ada')", cwd=tools, data=data_dir() / "1"),
            partial(
                ask, "--tools", "e2e_tools:fail", "--yes", "fail(reason='tired')", cwd=tools, data=data_dir() / "2"
            ),
            partial(
                ask,
                "--format",
                "events",
                "--tools",
                "e2e_tools:greet",
                "greet(name='Ada')",
                cwd=tools,
                data=data_dir() / "3",
            ),
            partial(ask, "--no-tools", "--tools", "e2e_tools:greet", "greet(name='Ada')", cwd=tools),
        ]
    )
    assert (allowed.text, allowed.err) == ("greet returned: Hello, Ada.\n", "")
    assert (failing.text, failing.err) == ("fail failed: RuntimeError: tired.\n", "")
    assert_one_line(refused, "--yes")
    assert refused.events[-1]["result"] == {
        "answer": "greet failed: The user did not allow this call.",
        "tools_used": [],
    }
    assert kinds(refused.events).count("tickertape.approval") == 2
    assert_clean(refused, data_dir() / "3")
    assert "offline model" in plain.text
    assert [outcome.code for outcome in (allowed, failing, refused, plain)] == [0, 0, 0, 0]


def test_at_a_terminal_each_tool_asks_in_turn_and_a_cancel_does_not_wait_for_the_answer(tools: Path) -> None:
    calls = [
        [call("greet", '{"name": "Ada"}', index=0), call("fail", '{"reason": "x"}', index=1), finish("tool_calls")],
        [call("greet", '{"name": "Bob"}'), call("fail", '{"reason": "y"}', index=1), finish("tool_calls")],
    ]
    with (
        model_server(*calls) as server,
        Terminal("ask", "--tools", "e2e_tools:both", "greet them", env=server.environment, cwd=tools) as terminal,
    ):
        terminal.wait_for("Let greet run with")
        assert "Let fail" not in terminal.text
        terminal.send("s\r")
        terminal.wait_for("Let fail run with")
        terminal.send("\r")  # no
        terminal.wait_for(lambda t: t.text.count("Let fail run with") == 2)
        assert terminal.text.count("Let greet run with") == 1
        told = [message["content"] for message in server.requests[1]["messages"] if message["role"] == "tool"]
        assert told == ["Hello, Ada", "The user did not allow this call."]
        terminal.send(ctrl("c"))
        assert terminal.wait_exit() == 130
        assert "Cancelled." in terminal.output


def test_a_terminal_is_not_given_what_it_would_obey() -> None:
    with (
        model_server([text("\x1b[2Jgone\x9b31m \u202eflipped"), finish()]) as server,
        Terminal("ask", "hi", env=server.environment) as terminal,
    ):
        assert terminal.wait_exit() == 0
    assert "\u241b[2Jgone<U+009B>31m <U+202E>flipped" in terminal.output
    assert "\x1b" not in terminal.output


# Ends that nobody planned


def test_a_cancel_at_any_moment_ends_the_stream_clean_and_saved() -> None:
    moments = [1, 3, 14, 22, 45]
    outcomes = at_once(partial(_cancelled_after, number) for number in moments)
    for number, outcome in zip(moments, outcomes, strict=True):
        assert_clean(outcome, data_dir() / str(number))
        last = outcome.events[-1]
        if number > 3 and last["type"] == "RUN_FINISHED":  # the answer was faster than the signal
            assert outcome.code in (0, 130)
            continue
        assert (last["type"], last.get("code"), outcome.code) == ("RUN_ERROR", "cancelled", 130), number
        assert_one_line(outcome, "Cancelled.")


def _cancelled_after(number: int) -> Outcome:
    """The outcome of a run that gets Ctrl+C when this many events have been printed."""
    data = data_dir() / str(number)
    process = start("ask", "--format", "events", QUESTION, data=data, env={"TICKERTAPE_OFFLINE_RATE": "20"})
    assert process.stdout is not None
    printed = b"".join(process.stdout.readline() for _ in range(number))
    process.send_signal(signal.SIGINT)
    return finished(process, before=printed)


def test_a_cancel_while_the_program_loads_prints_and_saves_nothing() -> None:
    process = start("ask", "--format", "events", QUESTION)
    while not (data_dir() / "tickertape.log").exists():  # from here on the imports take longer than a poll
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    outcome = finished(process)
    assert "Traceback" not in outcome.err
    if outcome.out:  # the machine was slow to deliver the signal
        assert_clean(outcome)
        assert outcome.code in (0, 130)
    else:
        assert outcome.code == 130
        assert transcripts() == []


def test_a_reader_that_leaves_cancels_the_run_without_a_traceback() -> None:
    process = start("ask", "--format", "events", QUESTION, env={"TICKERTAPE_OFFLINE_RATE": "3"})
    assert process.stdout is not None
    assert b"RUN_STARTED" in process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    with process:
        assert process.stderr.read() == b""
    assert process.returncode == 130
    (path,) = transcripts()
    assert json.loads(path.read_bytes().splitlines()[-1])["code"] == "cancelled"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to write to")
def test_standard_streams_that_are_closed_or_full_cost_no_traceback() -> None:
    closed_input, closed_output, full_disk = at_once(
        partial(lambda redirection: finished(start("ask", QUESTION, redirection=redirection)), redirection)
        for redirection in ("<&-", ">&-", ">/dev/full")
    )
    assert (closed_input.code, closed_input.text, closed_input.err) == (0, "10 + 10 equals 20.\n", "")
    assert (closed_output.code, closed_output.err) == (0, "")
    assert (full_disk.code, full_disk.err) == (1, "tickertape: [Errno 28] No space left on device\n")


def test_a_data_folder_that_cannot_be_written_costs_the_transcript_and_not_the_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = ask(QUESTION, "--data-dir", str(tmp_path / "file" / "data"))
    assert (outcome.code, outcome.text) == (0, "10 + 10 equals 20.\n")
    assert_one_line(outcome, "not being saved", "Not a directory")


def test_what_fails_nothing_and_is_to_be_known_is_said_beside_the_answer(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[mcp.lost]\ncommand = "no-such-program-anywhere"\n')
    done = run("ask", "2 + 3", env={"TICKERTAPE_CONFIG": str(config)})
    assert done.code == 0
    assert "5" in done.text
    assert done.err.startswith("tickertape: the MCP server lost cannot be started: there is no command no-such-program")
    assert done.err.count("\n") == 1


def test_what_a_server_asks_in_a_call_is_asked_field_by_field_and_an_empty_line_declines(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(f"[mcp.odd]\ncommand = {json.dumps(sys.executable)}\nargs = {json.dumps([ODD, 'stdio'])}\n")
    calls = [[call("mcp__odd__book", "{}"), finish("tool_calls")]] * 2
    with (
        model_server(*calls, [text("booked"), finish()]) as server,
        Terminal("ask", "book it", env={**server.environment, "TICKERTAPE_CONFIG": str(config)}) as terminal,
    ):
        terminal.wait_for("Let mcp__odd__book run with")
        terminal.send("s\r")
        terminal.wait_for("the MCP server odd asks, during book: Where to, and for how long?")
        terminal.wait_for("town, text")
        terminal.send("Ostia\r")
        terminal.wait_for("nights, a whole number")
        terminal.send("many\r")
        terminal.wait_for("a whole number is needed")
        terminal.send("3\r")
        terminal.wait_for(lambda t: t.text.count("town, text") == 2)
        terminal.send("\r")
        assert terminal.wait_exit() == 0
        told = [message["content"] for message in server.requests[2]["messages"] if message["role"] == "tool"]
        assert told == ["3 nights in Ostia", "decline"]
