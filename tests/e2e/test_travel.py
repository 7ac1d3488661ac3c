"""`tickertape timing` and `compare` as processes: what they print, and what they say to what cannot be."""

import json
import re
from pathlib import Path

import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui

from agent.events import types as ev
from agent.events.wire import encode
from tests.e2e.asking import run, transcripts
from tests.places import ROOT

SAMPLE = str(ROOT / "agent" / "recordings" / "sample.jsonl")


def _save(path: Path, *events: ev.Event) -> str:
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    return str(path)


def test_timing_tells_each_step_call_and_argument() -> None:
    done = run("timing", SAMPLE, "--turn", "1")
    assert (done.code, done.err) == (0, "")
    rows = [line.split("\t") for line in done.text.splitlines()]
    assert {len(row) for row in rows} == {10}
    names = [row[0].strip() for row in rows]
    assert names[0] == "turn What is (3 + 4) * 2^5?"
    assert names[1:7] == ["step 1", "model offline", "call add", "argument x", "argument y", "call exponentiate"]
    assert "tool multiply" in names


def test_timing_as_an_object_has_names_that_others_know() -> None:
    done = run("timing", SAMPLE, "--format", "json")
    told = json.loads(done.out)
    assert (done.code, len(told["turns"])) == (0, 4)
    turn = told["turns"][0]
    assert turn["attributes"]["gen_ai.operation.name"] == "invoke_agent"
    model = turn["spans"][0]["spans"][0]
    assert (model["kind"], model["attributes"]["gen_ai.operation.name"]) == ("model", "chat")
    assert model["attributes"]["gen_ai.response.time_to_first_chunk"] > 0


def test_a_session_differs_from_itself_in_nothing() -> None:
    done = run("compare", SAMPLE, SAMPLE)
    assert (done.code, done.err) == (0, "")
    assert done.text.startswith("no difference\n")
    assert json.loads(run("compare", SAMPLE, SAMPLE, "--format", "json").out)["equal"] is True


@pytest.mark.parametrize(
    ("words", "golden"),
    [
        (("timing", SAMPLE, "--turn", "1"), "timing.txt"),
        (("timing", SAMPLE, "--turn", "1", "--format", "json"), "timing.json"),
        (("compare", f"{SAMPLE}@turn:1", f"{SAMPLE}@turn:2"), "compare.txt"),
        (("compare", f"{SAMPLE}@turn:1", f"{SAMPLE}@turn:2", "--format", "json"), "compare.json"),
        (("context", SAMPLE, "--at", "step:2.2"), "context.txt"),
        (("context", SAMPLE, "--at", "step:2.2", "--format", "json"), "context.json"),
    ],
)
def test_what_is_printed_of_a_recording_is_its_golden_file(words: tuple[str, ...], golden: str) -> None:
    done = run(*words)
    assert (done.code, done.err, done.text) == (0, "", (ROOT / "tests" / "golden" / golden).read_text())


def test_the_first_difference_is_told(tmp_path: Path) -> None:
    def session(name: str, result: str) -> str:
        return _save(
            tmp_path / name,
            ev.RunStarted(timestamp=1_000, thread_id="t", run_id="r"),
            ev.ToolCallStart(timestamp=1_100, tool_call_id="c", tool_call_name="look\x1bup"),
            ev.ToolCallEnd(timestamp=1_200, tool_call_id="c"),
            ev.ToolCallResult(timestamp=1_300, message_id="m", tool_call_id="c", content=result),
            ev.RunFinished(timestamp=1_400, thread_id="t", run_id="r"),
        )

    one, other = session("one.jsonl", "sun"), session("other.jsonl", "rain\x1b[2J")
    done = run("compare", one, other)
    head = "first difference: turn 1, step 1: result of look␛up\n  left  sun\n  right rain␛[2J\n"
    assert (done.code, done.text[: len(head)]) == (0, head)
    first = json.loads(run("compare", one, other, "--format", "json").out)["first"]
    assert (first["kind"], first["left"], first["left_ms"]) == ("result", "sun", 100)


def test_the_context_of_a_step_is_told_with_what_is_new_in_it() -> None:
    done = run("context", SAMPLE, "--at", "step:2.2")
    assert (done.code, done.err) == (0, "")
    head, *rest = done.text.splitlines()
    assert head == "turn 2, step 2, offline: rebuilt from the recording"
    assert "the recording does not tell what was sent" in rest[0]
    rows = [line.split("\t") for line in rest if "\t" in line]
    assert [(row[0].split("  ")[0], row[1]) for row in rows[-3:]] == [
        ("turn 2 question", ""),
        ("turn 2 calls multiply", "added"),
        ("turn 2 result of multiply", "added"),
    ]


def test_the_context_of_a_step_as_an_object_is_what_was_sent(tmp_path: Path) -> None:
    environment = {"TICKERTAPE_DATA_DIR": str(tmp_path), "TICKERTAPE_OFFLINE_RATE": "0"}
    assert run("ask", "(3 + 4) * 2^5", env=environment).code == 0
    (session,) = (tmp_path / "sessions").iterdir()
    told = json.loads(run("context", session.stem, "--format", "json", env=environment).out)
    assert (told["as_sent"], told["doubts"], told["turn"], told["model"]) == (True, [], 1, "offline")
    assert [message["role"] for message in told["messages"][:3]] == ["system", "user", "assistant"]
    assert {tool["function"]["name"] for tool in told["tools"]} >= {"add", "final_answer"}
    assert sum(told["sizes"].values()) == told["size"] == sum(one["size"] for one in told["pieces"])
    assert {one["change"] for one in told["pieces"]} == {"kept", "added"}


def test_a_branch_without_a_patch_ends_as_the_recording_does(tmp_path: Path) -> None:
    environment = {"TICKERTAPE_DATA_DIR": str(tmp_path)}
    done = run("what-if", SAMPLE, "--at", "turn:4", env=environment)
    (session,) = (tmp_path / "sessions").iterdir()
    assert (done.code, done.text) == (0, "1.5 + 2.25 equals 3.75. 3 * 7 equals 21. 2^10 equals 1024.\n")
    assert done.err.startswith(f"tickertape: saved as {session.stem}, what-if from event:")
    events = [json.loads(line) for line in session.read_bytes().splitlines()]
    assert [event["type"] for event in events] == [
        json.loads(line)["type"] for line in Path(SAMPLE).read_bytes().splitlines()
    ]
    told = run("what-if", SAMPLE, "--at", "turn:4", "--no-save", "--format", "events", env=environment)
    listed = run("sessions", "list", env=environment).text
    assert (listed.split("\t")[0], listed.split("\t")[2]) == (session.stem, "4")
    started, *_, finished = [json.loads(line) for line in told.out.splitlines()]
    assert (started["metadata"]["branch"], started["metadata"]["parentSession"]) == ("what-if", "sample")
    assert (finished["type"], finished["runId"]) == ("RUN_FINISHED", started["runId"])


def test_a_branch_goes_on_with_another_result_and_says_who_answered(tmp_path: Path) -> None:
    environment = {"TICKERTAPE_DATA_DIR": str(tmp_path), "TICKERTAPE_OFFLINE_RATE": "0"}
    done = run("what-if", SAMPLE, "--at", "call:add", "--set", "result:add=100", "--format", "json", env=environment)
    told = json.loads(done.out)
    told["session"] = "SESSION"
    golden = ROOT / "tests" / "golden" / "what_if.json"
    assert (done.code, json.dumps(told, ensure_ascii=False, indent=2) + "\n") == (0, golden.read_text())
    (session,) = (tmp_path / "sessions").iterdir()
    results = [json.loads(line) for line in session.read_bytes().splitlines() if b"TOOL_CALL_RESULT" in line]
    assert [result.get("metadata", {}).get("answeredBy") for result in results[:2]] == ["patch", "recording"]


def test_a_branch_is_compared_with_its_parent_as_soon_as_it_is_there(tmp_path: Path) -> None:
    environment = {"TICKERTAPE_DATA_DIR": str(tmp_path)}
    (tmp_path / "sessions").mkdir()
    parent = tmp_path / "sessions" / "20261101-000000-aaaaaa.jsonl"
    parent.write_bytes(Path(SAMPLE).read_bytes())
    assert run("what-if", parent.stem, "--at", "turn:4", env=environment).code == 0
    (branch,) = {path.stem for path in parent.parent.iterdir()} - {parent.stem}
    for named in ((branch,), (f"{branch}@parent", branch)):
        done = run("compare", *named, env=environment)
        assert (done.code, done.text.splitlines()[0]) == (0, "no difference")


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("what-if", SAMPLE, "--at", "turn:1", "--set", "modle=x"), 2, "'modle=x' is no patch; one is model=SPEC"),
        (("what-if", SAMPLE, "--at", "turn:9"), 2, "there is no turn 9; there are 4 turns"),
        (("what-if", SAMPLE, "--at", "end", "--set", "model=offline"), 2, "no model call follows that moment"),
        (("what-if", SAMPLE, "--at", "turn:1", "--set", "result:divide=1"), 2, "is called in another turn"),
        (("what-if", SAMPLE), 2, "required: --at"),
        (("context", SAMPLE, "--at", "noon"), 2, "'noon' is no moment; one is 0:12, 50%, event:175"),
        (("context", SAMPLE, "--at", "event:0"), 2, "nothing was asked yet at that moment"),
        (("context", SAMPLE, "--at", "call:nothing"), 2, "there is no call 'nothing'; the tools that were called: add"),
        (("timing", "nowhere"), 2, "there is neither a file nor a session nowhere"),
        (("timing", SAMPLE, "--turn", "9"), 2, "there is no turn 9; there are 4"),
        (("timing", "."), 2, "is a folder"),
        (("compare", SAMPLE, __file__), 2, "no event in it"),
        (("compare", SAMPLE), 2, "sample.jsonl is no saved session: what it comes from is not known; name another"),
        (("compare",), 2, "required: FILE|ID"),
        (("compare", f"{SAMPLE}@turn:9", SAMPLE), 2, "there is no turn 9 in sample.jsonl; it has 4"),
        (("compare", f"{SAMPLE}@turn:0", SAMPLE), 2, "names no turns"),
        (("compare", f"{SAMPLE}@turn:3-2", SAMPLE), 2, "write NAME@turn:2, NAME@turn:2-4 or NAME@turn:2-"),
        (("compare", f"{SAMPLE}@turn:two", SAMPLE), 2, "neither a file nor a session"),
        (("compare", SAMPLE, "x" * 300), 2, "can be no file's name"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(words: tuple[str, ...], code: int, why: str) -> None:
    done = run(*words)
    assert (done.code, done.text) == (code, "")
    assert why in done.err
    assert done.err.count("\n") == 1


def test_a_stream_without_moments_has_no_timing(tmp_path: Path) -> None:
    undated = _save(tmp_path / "undated.jsonl", ev.RunStarted(thread_id="t", run_id="r"))
    done = run("timing", undated)
    assert (done.code, done.err) == (2, "tickertape: undated.jsonl does not say when anything happened\n")


# A race


def test_a_race_prints_each_turn_when_it_has_ended_and_saves_it() -> None:
    done = run("race", "What is 10 + 10", "--models", "offline,offline")
    assert (done.code, done.err) == (0, "")
    heads = [line for line in done.text.splitlines() if line.startswith("== ")]
    assert sorted(head.split(":")[0] for head in heads) == ["== offline", "== offline (2)"]
    assert done.text.count("10 + 10 equals 20.\n") == 2
    assert len(transcripts()) == 2


def test_a_race_as_an_object_tells_of_each_model_also_of_one_that_cannot_be_had() -> None:
    done = run("race", "What is 10 + 10", "--models", "offline,openai:x", "--format", "json", "--no-save")
    told = json.loads(done.out)
    assert (done.code, told["question"]) == (0, "What is 10 + 10")
    assert [(one["model"], one["status"], one["session"]) for one in told["racers"]] == [
        ("offline", "answered", None),
        ("openai:x", "unavailable", None),
    ]
    assert told["racers"][0]["duration_ms"] >= told["racers"][0]["first_token_ms"] >= 0
    assert done.err.startswith("tickertape: openai:x: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(("form", "golden"), [("text", "race.txt"), ("json", "race.json")])
def test_what_a_race_prints_is_its_golden_file_but_for_the_times(form: str, golden: str) -> None:
    words = ("What is 10 + 10", "--models", "offline,openai:x", "--no-save", "--format", form)
    done = run("race", *words, env={"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""})
    told = re.sub(r"\d+(?:\.\d+)? m?s\b", "TIME", done.text)
    told = re.sub(r'("\w+_ms"): \d+', r'\1: "TIME"', told)
    assert (done.code, told) == (0, (ROOT / "tests" / "golden" / golden).read_text())


def test_events_of_a_race_say_whose_they_are_and_are_clean_each_for_itself() -> None:
    done = run("race", "What is 10 + 10", "--models", "offline,offline", "--print", "events", "--no-save")
    lines = [json.loads(line) for line in done.out.splitlines()]
    for name in ("offline", "offline (2)"):
        assert_valid_agui([json.dumps(line["event"]) for line in lines if line["model"] == name], max_warnings=0)


def test_where_nobody_answers_the_code_says_so() -> None:
    assert run("race", "x", "--models", "openai:x,openai:y", "--no-save").code == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("race", "x", "--models", "offline"), "between 2 and 4 models"),
        (("race", "x", "--models", "a,b,c,d,e"), "between 2 and 4 models"),
        (("race", "x"), "required: --models"),
        (("race", " ", "--models", "a,b"), "nothing to ask"),
        (("race", "x", "--models", "a,b", "--resume", "nowhere"), "nowhere"),
    ],
)
def test_a_race_that_cannot_be_is_said_in_one_line(words: tuple[str, ...], why: str) -> None:
    done = run(*words)
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert why in done.err
