"""`tickertape config` and `tickertape models`: what they print and how they end."""

import json
import tomllib
from pathlib import Path

import pytest

from tui.cli.main import main


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings are, in an environment that sets nothing else."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "TICKERTAPE_MODEL", "TICKERTAPE_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "settings.toml"
    monkeypatch.setenv("TICKERTAPE_CONFIG", str(path))
    monkeypatch.setenv("TICKERTAPE_DATA_DIR", str(tmp_path))
    return path


def test_path_prints_where_the_file_is(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{config}\n"


def test_init_writes_a_file_in_which_nothing_is_wrong_and_never_writes_over_one(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "init"]) == 0
    assert main(["config", "check"]) == 0
    capsys.readouterr()
    config.write_text("# mine\n")
    assert main(["config", "init"]) == 1
    assert config.read_text() == "# mine\n"
    assert "never overwritten" in capsys.readouterr().err


def test_check_prints_each_mistake_with_its_line_and_ends_with_2(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("modle = 'x'\n[screen]\nfold = 'some'\n")
    assert main(["config", "check"]) == 2
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{config}:1: ")
    assert second.startswith(f"{config}:3: ")


def test_check_of_no_file_is_fine(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check"]) == 0
    assert "there is none" in capsys.readouterr().out


def test_show_prints_toml_of_what_holds_and_where_it_comes_from(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(
        "model = 'offline'\ntemperature = 0.5\n[profiles.work]\ntemperature = 1.0\n"
        "[permissions]\nallow = ['nap']\n[providers.own]\nbase_url = 'http://127.0.0.1:1/v1'\nkey_env = 'OWN'\n"
    )
    monkeypatch.setenv("TICKERTAPE_MODEL", "own:a")
    monkeypatch.setenv("OWN", "sk-secret")
    assert main(["--profile", "work", "config", "show"]) == 0
    text = capsys.readouterr().out
    values = tomllib.loads(text)
    assert (values["model"], values["temperature"], values["permissions"]["allow"]) == ("own:a", 1.0, ["nap"])
    assert 'model = "own:a"  # TICKERTAPE_MODEL' in text
    assert "temperature = 1.0  # profile work" in text
    assert "sk-secret" not in text


def test_schema_is_a_json_schema(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org")


def test_a_profile_that_is_not_there_is_told_with_those_that_are(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[profiles.work]\n")
    assert main(["--profile", "home", "models"]) == 2
    assert "it has work" in capsys.readouterr().err


def test_models_says_what_can_be_used_and_why_not(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("[providers.own]\nbase_url = 'http://127.0.0.1:1/v1'\nkey_env = 'NO_SUCH_VARIABLE'\n")
    assert main(["models"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].split() == ["*", "offline", "available", "(built", "in)"]
    assert "set NO_SUCH_VARIABLE" in text
    assert main(["models", "--json"]) == 0
    offline, *_ = json.loads(capsys.readouterr().out)
    assert (offline["name"], offline["available"]) == ("offline", True)


def test_a_provider_that_cannot_be_asked_is_told_and_ends_with_2(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[providers.own]\nbase_url = 'http://127.0.0.1:1/v1'\n")
    assert main(["models", "own"]) == 2
    assert capsys.readouterr().err.startswith("tickertape: own: ")


@pytest.mark.parametrize("option", ["--yes", "--allow"])
def test_where_the_rules_cannot_be_read_nothing_is_let_run_unasked(
    config: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[permissions\n")
    assert main(["ask", "1 + 1", option, *(["nap"] if option == "--allow" else [])]) == 2
    assert f"{config}:1: this is no TOML" in capsys.readouterr().err


def test_what_is_no_rule_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "1 + 1", "--allow", "nap("]) == 2
    assert '--allow: "nap(" is no rule' in capsys.readouterr().err
