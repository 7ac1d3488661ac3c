"""Choosing which model answers in the session that is shown."""

from functools import partial
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.settings.settings import Settings
from tui.screens.base.screen import PanesScreen

if TYPE_CHECKING:
    from tui.screens.chat.controller import ChatController

__all__ = ["choose_model"]


async def choose_model(screen: PanesScreen, chat: "ChatController", settings: Settings) -> None:
    """Ask which of the models of `settings` it is, and have it from the next turn on. Of a worker."""
    from agent.settings.available import list_models, model_sources  # few chats change theirs
    from tui.screens.models import Catalogue, ModelsScreen

    catalogue = Catalogue(sources=partial(model_sources, settings), models=partial(list_models, settings))
    now = chat.engine.settings.model
    chosen = await screen.app.push_screen_wait(
        ModelsScreen(catalogue, now, [*chat.models, settings.model], screen.glyphs)
    )
    if chosen is None or chosen == now:
        return
    chat.use_model(chosen)
    screen.title_bar.model = chosen
    try:
        await chat.load()
    except UsageError as error:
        screen.notice(str(error))
