"""What the README promises, held against the program."""

import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.asking import data_dir
from tests.key_table import with_key_table
from tests.places import ROOT

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


def test_the_files_it_names_are_there() -> None:
    for cell in re.findall(r"^\| (`[^|]*`) \|", section("How it is built"), re.MULTILINE):
        names = re.findall(r"`([^`]+)`", cell)
        folder = Path(names[0]).parent
        for name in names:
            path = ROOT / name if "/" in name.rstrip("/") else ROOT / folder / name
            assert path.exists() or (ROOT / name).exists(), name


def test_the_variables_it_names_are_those_that_are_read() -> None:
    modules = [*ROOT.glob("agent/**/*.py"), *ROOT.glob("tui/**/*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in modules)
    read = set(re.findall(r'"(TICKERTAPE_[A-Z_]+)"', source))
    assert set(re.findall(r"`(TICKERTAPE_[A-Z_]+)`", section("Connect a model"))) == read
