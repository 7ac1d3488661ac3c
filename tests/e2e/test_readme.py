"""What the README promises, held against the program."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent.conversation.reducer import Conversation
from agent.events.wire import decode
from tests.e2e.asking import data_dir, run
from tests.e2e.server import call, finish, model_server, text
from tests.e2e.terminal import Terminal
from tests.key_table import with_key_table
from tests.places import ROOT
from tui.cli.headless.serve import DEFAULT_PORT

MAPS = ["agent/README.md", "tui/README.md", "tests/README.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under a heading."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(language: str, text: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_script_runs_and_gives_the_answer(tmp_path: Path) -> None:
    (script,) = blocks("python", section("From a script"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Calling add..."
    assert lines[-1] == "{'answer': '10 + 10 equals 20.', 'tools_used': ['add']}"
    assert not data_dir().exists()


def test_the_tool_of_the_example_is_called_by_the_offline_model(tmp_path: Path) -> None:
    (tool,) = blocks("python", section("Your own tools"))
    (tmp_path / "my_tools.py").write_text(tool)
    question = "What is the weather in Rome?"
    assert f"`{question}`" in section("Your own tools")
    done = run("ask", "--tools", "./my_tools.py:weather", "--yes", question, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "21 degrees in Rome" in done.text


def test_the_agent_of_the_example_asks_another_one_and_is_seen_to(tmp_path: Path) -> None:
    agent, _trip = blocks("python", section("Your own agent"))
    (tmp_path / "my_agent.py").write_text(agent)
    inner = [call("weather", '{"town": "Rome"}'), finish("tool_calls")]
    outer = [call("research", '{"task": "Rome"}'), finish("tool_calls")]
    replies = [outer, inner, [text("21 degrees."), finish()], [text("Rome has 21 degrees."), finish()]]
    with model_server(*replies) as server:
        done = run("ask", "--agent", f"{tmp_path}/my_agent.py:graph", "--format", "events", "q", env=server.environment)
    assert (done.code, done.err) == (0, "")
    (turn,) = Conversation(map(decode, done.out.splitlines())).runs
    assert turn.answer == "Rome has 21 degrees."
    told = {call.name: call.result for call in turn.calls}
    assert told == {"research": "21 degrees.", "weather": "Rome: 21 degrees"}
    assert [(step.title, step.call_id) for step in turn.steps if step.agent] == [
        ("researcher", next(call.id for call in turn.calls if call.name == "research"))
    ]


def test_the_graph_of_the_example_asks_its_user_and_goes_on(tmp_path: Path) -> None:
    _agent, trip = blocks("python", section("Your own agent"))
    (tmp_path / "my_trip.py").write_text(trip)
    with Terminal("ask", "--agent", f"{tmp_path}/my_trip.py:graph", "Where to?") as terminal:
        terminal.wait_for("the agent asks: Which town? [y]es, [N]o, or answer:")
        terminal.send("Ostia\r")
        assert terminal.wait_exit() == 0
        assert "To Ostia, by train." in terminal.output


def test_on_the_screen_the_graph_of_the_example_is_answered_in_words(tmp_path: Path) -> None:
    _agent, trip = blocks("python", section("Your own agent"))
    (tmp_path / "my_trip.py").write_text(trip)
    with Terminal("--agent", f"{tmp_path}/my_trip.py:graph") as terminal:
        terminal.wait_for("○ ready")
        terminal.send("Where to?", "\r")
        terminal.wait_for("Which town?")
        terminal.wait_for(lambda t: t.colour_of("put it away") == t.colour_of("Which town") != "")  # its keys count
        terminal.send("a")
        terminal.wait_for("Your answer")
        terminal.send("Ostia", "\r")
        terminal.wait_for("To Ostia, by train.")


def test_what_nobody_answers_is_no_answer_whatever_tools_may_do(tmp_path: Path) -> None:
    _agent, trip = blocks("python", section("Your own agent"))
    (tmp_path / "my_trip.py").write_text(trip)
    done = run("ask", "--yes", "--agent", f"{tmp_path}/my_trip.py:graph", "Where to?")
    assert (done.code, done.text) == (1, "")
    assert "The agent's question was not answered: Which town?" in done.err


def test_what_is_served_is_asked_by_the_example(tmp_path: Path) -> None:
    commands = [line for block in blocks("console", section("Serve it to others")) for line in block.splitlines()]
    assert commands[0].startswith("tickertape serve --model ")
    assert commands[1] == f"tickertape --agent http://127.0.0.1:{DEFAULT_PORT}/"
    assert all("agent.serving.app:create_app" in line for line in commands[2:])


def test_each_set_up_command_is_one_line_that_makes_its_own_environment() -> None:
    opened, tested = blocks("console", section("Start"))
    make = "python3 -m venv .venv && .venv/bin/pip install --quiet "
    assert opened == f"{make}. && .venv/bin/tickertape\n"
    assert tested == f'{make}--editable ".[test]" && .venv/bin/pytest\n'
    assert README.index("![") < README.index(opened) < README.index(tested)


def test_the_listing_of_steps_is_what_the_program_prints() -> None:
    golden = (ROOT / "tests" / "golden" / "ask_steps.txt").read_text(encoding="utf-8")
    assert f'$ tickertape ask --format steps "What is 10 + 10"\n{golden}' in blocks("console", README)


def test_the_table_of_keys_is_made_from_the_registry() -> None:
    assert with_key_table(README) == README, "python -m tests.key_table makes it anew"


@pytest.mark.parametrize("name", MAPS)
def test_the_maps_are_linked_and_name_what_is_there(name: str) -> None:
    assert f"({name})" in README
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:agent|tui|tests)/[^`]*)`", text))
    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]


@pytest.mark.parametrize("package", ["agent", "tui"])
def test_a_map_tells_of_every_room(package: str) -> None:
    text = (ROOT / package / "README.md").read_text(encoding="utf-8")
    rooms = [path.parent for path in (ROOT / package).glob("*/__init__.py")]
    assert not [room.name for room in rooms if f"`{package}/{room.name}/`" not in text]


def test_the_walk_of_one_event_holds() -> None:
    text = (ROOT / "agent" / "README.md").read_text(encoding="utf-8")
    walk = text.partition("\n## One event")[2].partition("\n## ")[0]
    steps = re.split(r"^\d+\. ", walk, flags=re.MULTILINE)[1:]
    assert len(steps) == 10
    for step in steps:
        named = re.findall(r"`([^`]+)`", step)
        source = "".join((ROOT / name).read_text(encoding="utf-8") for name in named if "/" in name)
        doers = [name for name in named if "/" not in name]
        assert source, step
        assert doers, step
        assert not [doer for doer in doers if not re.search(rf"(class|def) {doer}\b", source)], step


def test_the_variables_it_names_are_those_that_are_read() -> None:
    modules = [*ROOT.glob("agent/**/*.py"), *ROOT.glob("tui/**/*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in modules)
    read = set(re.findall(r'"(TICKERTAPE_[A-Z_]+)"', source))
    assert set(re.findall(r"`(TICKERTAPE_[A-Z_]+)`", section("Connect a model"))) == read
