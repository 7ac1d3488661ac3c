"""Settings: arguments first, the environment second, defaults last."""

import dataclasses
from pathlib import Path

import platformdirs
import pytest

from agent.errors import UsageError
from agent.settings.settings import Settings


def test_nothing_set_is_the_offline_model_and_the_platforms_folder() -> None:
    settings = Settings.load({})
    assert settings.model == "offline"
    assert settings.data_dir == Path(platformdirs.user_data_dir("tickertape"))
    assert (settings.max_iterations, settings.first_token_timeout, settings.chunk_timeout) == (10, 300.0, 60.0)
    assert settings.offline_rate is None
    assert not settings.ascii


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_a_key_or_an_address_makes_openai_the_default(name: str) -> None:
    assert Settings.load({name: "x"}).model.startswith("openai:")
    assert Settings.load({name: ""}).model == "offline"


def test_arguments_come_before_the_environment_and_that_before_defaults() -> None:
    environ = {"TICKERTAPE_MODEL": "openai:a", "TICKERTAPE_DATA_DIR": "/env", "OPENAI_API_KEY": "k"}
    assert Settings.load(environ).model == "openai:a"
    assert Settings.load(environ, model="offline").model == "offline"
    assert Settings.load(environ).data_dir == Path("/env")
    assert Settings.load(environ, data_dir="~/here").data_dir == Path.home() / "here"
    assert Settings.load(environ, data_dir="here").data_dir == Path.cwd() / "here"  # whoever changes the folder later


def test_numbers_are_read_from_the_environment() -> None:
    settings = Settings.load(
        {
            "TICKERTAPE_OFFLINE_RATE": "0",
            "TICKERTAPE_MAX_ITERATIONS": "3",
            "TICKERTAPE_FIRST_TOKEN_TIMEOUT": "1.5",
            "TICKERTAPE_CHUNK_TIMEOUT": "2",
            "TICKERTAPE_ASCII": "1",
        }
    )
    assert (settings.offline_rate, settings.max_iterations) == (0.0, 3)
    assert (settings.first_token_timeout, settings.chunk_timeout, settings.ascii) == (1.5, 2.0, True)


@pytest.mark.parametrize("value", ["many", "-1", "nan", "inf", "1e400", "1,5"])
@pytest.mark.parametrize(
    "name",
    [
        "TICKERTAPE_OFFLINE_RATE",
        "TICKERTAPE_MAX_ITERATIONS",
        "TICKERTAPE_FIRST_TOKEN_TIMEOUT",
        "TICKERTAPE_CHUNK_TIMEOUT",
    ],
)
def test_what_is_no_number_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        Settings.load({name: value})


def test_a_turn_has_one_step_at_least() -> None:
    assert Settings.load({"TICKERTAPE_MAX_ITERATIONS": "0"}).max_iterations == 1
    assert Settings.load({"TICKERTAPE_MAX_ITERATIONS": "0.5"}).max_iterations == 1


def test_how_steps_fold_is_one_of_three() -> None:
    assert [Settings.load({"TICKERTAPE_FOLD": fold}).fold for fold in ("", "smart", "all", "none")] == [
        "smart",
        "smart",
        "all",
        "none",
    ]
    with pytest.raises(UsageError, match="TICKERTAPE_FOLD=some"):
        Settings.load({"TICKERTAPE_FOLD": "some"})


def test_settings_cannot_be_changed() -> None:
    settings = Settings.load({})
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.model = "x"  # type: ignore[misc]


def test_the_log_is_in_the_data_folder() -> None:
    assert Settings.load({}, data_dir="/data").log_path == Path("/data/tickertape.log")


def test_mcp_servers_are_those_that_are_enabled_and_those_that_are_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[mcp.one]\ncommand = "one"\n\n[mcp.two]\nurl = "https://two.example/mcp"\nenabled = false\n')
    environ = {"TICKERTAPE_CONFIG": str(file)}
    assert list(Settings.load(environ).mcp) == ["one"]
    assert list(Settings.load(environ, mcp=("two",)).mcp) == ["one", "two"]
    with pytest.raises(UsageError, match=r"--mcp three: there is no \[mcp.three\] in .*; it has one, two"):
        Settings.load(environ, mcp=("three",))


def test_a_password_in_an_agents_address_is_asked_with_and_not_shown() -> None:
    settings = Settings.load({}, model="agent:https://ada:s3cret-word@example.org/agent")
    assert settings.agent_url == "https://ada:s3cret-word@example.org/agent"
    assert "s3cret-word" not in settings.shown_model
    assert "example.org/agent" in settings.shown_model
