"""Showing a saved session in the chat: as it was chosen in the sidebar, or as another screen leads to it."""

from pathlib import Path
from typing import TYPE_CHECKING

from tui.screens.base.screen import PanesScreen

if TYPE_CHECKING:
    from agent.conversation.lineage import Lineage
    from agent.library.listing import Match
    from tui.screens.chat.controller import ChatController

__all__ = ["go_on", "show_session"]


async def show_session(
    screen: PanesScreen, chat: "ChatController", session_id: str, run_id: str | None, match: "Match | None" = None
) -> None:
    """Show a session, and one of its turns, and what was found in it."""
    if not await chat.open(chat.path(session_id)):
        return
    screen.hide_overlays()
    run = next((run for run in chat.session.conversation.runs if run.id == run_id), None)
    if run is not None:
        screen.go_to(run)
        if match is not None and (words := next((piece.text for piece in match.context if piece.is_match), "")):
            screen.show_found(words, run.id, match.kind)


async def go_on(
    screen: PanesScreen, chat: "ChatController", path: Path, *, model: str, parent: "Lineage | None"
) -> None:
    """Show a saved session that came from `parent`, to be gone on with by this model."""
    if not await chat.open(path):
        return
    chat.session.parent = parent
    screen.title_bar.model = model
    chat.use_model(model)
    screen.hide_overlays()
