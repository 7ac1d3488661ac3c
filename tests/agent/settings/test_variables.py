"""Variables of the environment: all that are read are known, and one that is misspelled is told and costs nothing."""

import re
from pathlib import Path

import pytest

from agent.settings.settings import Settings
from agent.settings.variables import VARIABLES
from tests.places import ROOT


def test_the_known_variables_are_those_that_are_read() -> None:
    files = [file for room in ("agent", "tui") for file in (ROOT / room).rglob("*.py") if file.name != "variables.py"]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert sorted(set(re.findall(r'"(TICKERTAPE_[A-Z_]+)"', source))) == list(VARIABLES)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TICKERTAPE_MODLE", "; did you mean TICKERTAPE_MODEL?"),
        ("tickertape_model", "; did you mean TICKERTAPE_MODEL?"),
        ("TICKERTAPE_DATADIR", "; did you mean TICKERTAPE_DATA_DIR?"),
        ("TICKERTAPE_TIMEOUT", "; did you mean TICKERTAPE_CHUNK_TIMEOUT?"),
        ("TICKERTAPE_XQZ", f" (allowed: {', '.join(VARIABLES)})"),
    ],
)
def test_a_variable_that_there_is_not_is_told_and_the_rest_holds(name: str, words: str, tmp_path: Path) -> None:
    settings = Settings.load({"TICKERTAPE_DATA_DIR": str(tmp_path), "TICKERTAPE_FOLD": "all", name: "x"})
    assert [str(problem) for problem in settings.problems] == [f"there is no variable {name}{words}"]
    assert settings.fold == "all"
    assert settings.file.is_trusted


def test_a_variable_that_the_file_names_and_one_that_is_empty_are_nothing_to_tell(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[providers.own]\nbase_url = "http://127.0.0.1:9"\nkey_env = "TICKERTAPE_OWN_KEY"\n')
    environ = {"TICKERTAPE_CONFIG": str(file), "TICKERTAPE_OWN_KEY": "k", "TICKERTAPE_MODLE": ""}
    assert Settings.load(environ).problems == ()
