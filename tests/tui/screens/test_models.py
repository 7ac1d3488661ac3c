"""The models: chosen from a list, for the session, from the next turn on."""

from functools import partial
from pathlib import Path

from textual.widgets import Input, OptionList

from agent.settings.file.reading import read_settings
from agent.settings.file.tables import Provider
from agent.settings.settings import Settings
from tests.tui.chatting import Chat, chat_in
from tests.tui.settling import until
from tui.screens.models import ModelsScreen


def _lists(chat: Chat) -> list[OptionList]:
    screen = chat.pilot.app.screen
    return list(screen.query(OptionList)) if isinstance(screen, ModelsScreen) else []


async def opened(chat: Chat) -> OptionList:
    """The list, filled."""
    await chat.pilot.press("f4")
    await until(chat.pilot, lambda: bool(_lists(chat)))
    listed = chat.pilot.app.screen.query_one(OptionList)
    await until(chat.pilot, lambda: listed.option_count > 1)
    return listed


def lines(listed: OptionList) -> list[str]:
    """What the list shows."""
    return [str(option.prompt) for option in listed.options]


async def test_it_lists_what_can_be_used_and_says_of_the_rest_why_not(tmp_path: Path) -> None:
    own = {"own": Provider(base_url="http://127.0.0.1:1/v1", key_env="NO_SUCH_VARIABLE")}
    async with chat_in(tmp_path, providers=own) as chat:
        listed = await opened(chat)
        assert lines(listed)[0] == "● offline  used here"
        assert any("own" in line and "set NO_SUCH_VARIABLE" in line for line in lines(listed))
        await chat.pilot.press("escape")


async def test_a_provider_that_does_not_answer_is_told_in_its_line(tmp_path: Path) -> None:
    own = {"own": Provider(base_url="http://127.0.0.1:1/v1")}
    async with chat_in(tmp_path, providers=own) as chat:
        listed = await opened(chat)
        await chat.pilot.press(*"own", "enter")
        await until(chat.pilot, lambda: any("127.0.0.1:1" in line for line in lines(listed)))
        await chat.pilot.press("escape")


async def test_a_source_that_was_not_asked_stays_where_no_model_fits_and_a_whole_name_comes_before_it(
    tmp_path: Path,
) -> None:
    own = {"own": Provider(base_url="http://127.0.0.1:1/v1")}
    async with chat_in(tmp_path, providers=own) as chat:
        listed = await opened(chat)
        asks = "▶ own:  Enter asks it for its models"
        for typed, wanted in (("70", [asks]), ("own:", [asks]), ("own:a", ["○ own:a", asks]), ("offl", None)):
            chat.pilot.app.screen.query_one(Input).value = typed
            await chat.pilot.pause()
            assert lines(listed) == (wanted or ["● offline  used here"])
            assert listed.highlighted == 0
        await chat.pilot.press("escape")


async def test_a_model_is_chosen_for_its_session_and_another_keeps_its_own(tmp_path: Path) -> None:
    own = {"own": Provider(base_url="http://127.0.0.1:1/v1")}
    async with chat_in(tmp_path, providers=own) as chat:
        await chat.ask("1 + 1")
        first = chat.controller.session.path
        assert first is not None
        await chat.pilot.press("ctrl+n")
        await opened(chat)
        await chat.pilot.press(*"own:a", "enter")
        await chat.settled()
        assert chat.screen.title_bar.model == "own:a"
        await chat.controller.open(first)
        await chat.settled()
        assert chat.screen.title_bar.model == "offline"


async def test_closing_the_list_leaves_the_model(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await opened(chat)
        await chat.pilot.press("escape")
        await chat.pilot.pause()
        assert chat.controller.engine.settings.model == "offline"


async def test_a_session_is_gone_on_with_by_the_model_that_answered_in_it_last_unless_one_was_named(
    tmp_path: Path,
) -> None:
    own = {"own": Provider(base_url="http://127.0.0.1:1/v1")}
    async with chat_in(tmp_path, model="own:it", providers=own) as chat:
        await chat.ask("1 + 1")
        path = chat.controller.session.path

    async def resumed(origin: str, providers: dict[str, Provider]) -> tuple[str, str]:
        origins = {"model": ("offline", origin)}
        async with chat_in(tmp_path, resume=path, providers=providers, origins=origins) as chat:
            return chat.controller.engine.settings.model, chat.controller.status.notice

    for origin in ("default", "null"):  # the settings of a test are in the file of that name
        model, told = await resumed(origin, own)
        assert model == "own:it"
        assert told == "own:it answers here, as it did last; F4 chooses another"
    for origin in ("--model", "TICKERTAPE_MODEL", "profile work"):
        assert await resumed(origin, own) == ("offline", "")
    assert await resumed("default", {}) == ("offline", "")
    shut = {"own": Provider(base_url="http://127.0.0.1:1/v1", key_env="NO_SUCH_KEY")}
    model, told = await resumed("default", shut)
    assert model == "offline"
    assert told.startswith("own:it answered here, and cannot be used now: set NO_SUCH_KEY")


async def test_a_profile_is_chosen_for_its_session_with_all_that_it_sets(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[profiles.terse]\nsystem = "Be terse."\n[profiles.there]\nmodel = "own:it"\ntemperature = 0.5\n')
    environ = {"TICKERTAPE_CONFIG": str(path), "TICKERTAPE_DATA_DIR": str(tmp_path), "TICKERTAPE_OFFLINE_RATE": "0"}
    load = partial(Settings.load, environ)
    async with chat_in(tmp_path, file=read_settings(path), reload=load) as chat:
        listed = await opened(chat)
        shown = lines(listed)
        assert shown.index("○ there  profile, own:it") < next(at for at, line in enumerate(shown) if line[0] == "✗")
        await chat.pilot.press(*"there", "enter")
        await until(chat.pilot, lambda: chat.controller.engine.settings.profile == "there")
        now = chat.controller.engine.settings
        assert (now.model, now.temperature) == ("own:it", 0.5)
        await chat.until(lambda: str(chat.screen.title_bar.model) == "own:it")
        await opened(chat)
        await chat.pilot.press(*"terse", "enter")
        await until(chat.pilot, lambda: chat.controller.engine.settings.profile == "terse")
        now = chat.controller.engine.settings
        assert (now.model, now.system, now.temperature) == ("offline", "Be terse.", None)
        await chat.ask("1 + 1")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.controller.engine.settings.profile is None)
