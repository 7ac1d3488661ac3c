"""A session in which a question of the server holds up nothing else.

The kit's own answers within the loop that reads: for as long as the user thinks no result of another call would come,
no progress, and no news of the server's end. Knows the protocol's kit and no server.
"""

import asyncio
import logging
from typing import Any

from mcp import ClientSession, types
from mcp.shared.session import RequestResponder

__all__ = ["Client"]

log = logging.getLogger(__name__)


class Client(ClientSession):
    """Has questions to the user answered beside the reading."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As the kit's."""
        super().__init__(*args, **options)
        self._answering: set[asyncio.Task[None]] = set()

    async def __aexit__(self, *error: Any) -> bool | None:
        """End it, with what is still being asked."""
        for task in self._answering:
            task.cancel()
        return await super().__aexit__(*error)

    async def _received_request(self, responder: RequestResponder[types.ServerRequest, types.ClientResult]) -> None:
        if not isinstance(responder.request.root, types.ElicitRequest):
            await super()._received_request(responder)
            return
        task = asyncio.create_task(self._answer(responder), name="mcp question")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, responder: RequestResponder[types.ServerRequest, types.ClientResult]) -> None:
        try:
            await super()._received_request(responder)
        except Exception:  # the server may be gone before the answer has come
            log.warning("an answer did not reach its server", exc_info=True)
