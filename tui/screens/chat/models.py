"""Choosing what answers in the session that is shown: the model, and which tools it has."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.screens.base.screen import PanesScreen

if TYPE_CHECKING:
    from tui.screens.chat.controller import ChatController

__all__ = ["choose_model", "show_tools"]


async def choose_model(screen: PanesScreen, chat: "ChatController", settings: Settings) -> None:
    """Ask which model or profile of `settings` it is, and have it from the next turn on. Of a worker."""
    from agent.settings.available import list_models, model_sources  # few chats change theirs
    from tui.screens.models import Catalogue, ModelsScreen

    catalogue = Catalogue(
        sources=partial(model_sources, settings), models=partial(list_models, settings), profiles=settings.profiles
    )
    now = chat.engine.settings
    chosen = await screen.app.push_screen_wait(
        ModelsScreen(catalogue, now.model, [*chat.models, settings.model], screen.glyphs)
    )
    if chosen is None or (chosen.model or chosen.profile) in (now.model, now.profile):
        return
    try:
        if chosen.profile:
            chat.use_profile(await in_thread(settings.with_profile, chosen.profile))
            screen.notice(f"From the next turn on: profile {flat(chosen.profile)}, {flat(chat.engine.settings.model)}")
        else:
            chat.use_model(chosen.model)
        screen.title_bar.model = chat.engine.settings.shown_model
        await chat.load()
    except UsageError as error:
        screen.notice(str(error))


async def show_tools(screen: PanesScreen, chat: "ChatController", is_asked: Callable[[], bool]) -> None:
    """Show the tools, and have those that are put off left out from the next turn on. Of a worker.

    Servers may take long to start: they are not shown over what the user has come to by then, or `is_asked`.
    """
    from tui.screens.tools import ToolsScreen  # most chats keep theirs

    engine, was_loaded = chat.engine, chat.engine.is_loaded
    try:
        if not was_loaded:
            screen.notice("The tools are being started")
        await engine.load()
    except UsageError as error:
        screen.notice(str(error))
        return
    if not was_loaded and (screen.app.screen is not screen or is_asked()):
        screen.notice(screen.keys.fill("The tools are there: {app.tools} shows them"))
        return
    engine.without = await screen.app.push_screen_wait(
        ToolsScreen(engine.tools, engine.without, screen.glyphs, screen.keys)
    )
