"""Searching the prompts of all sessions, in the palette; the one that is chosen comes into the input."""

from collections.abc import AsyncIterator
from functools import partial
from typing import ClassVar

from textual.command import CommandPalette, DiscoveryHit, Hit, Provider
from textual.content import Content

from agent.library.words import Query
from tui.drawing.cells import flat
from tui.screens.chat.prompt.earlier import EarlierPrompts

__all__ = ["prompt_search"]

_SHOWN = 50
"""Prompts that are offered before anything is typed."""
_WIDTH = 300
"""Characters of a prompt that are shown."""


class _Prompts(Provider):
    """Offers the prompts that have all the words, the latest first."""

    earlier: ClassVar[EarlierPrompts]

    async def startup(self) -> None:
        """Called by Textual before it searches."""
        self._prompts = await self.earlier.latest()

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        """The latest ones."""
        for text in self._prompts[:_SHOWN]:
            yield DiscoveryHit(_shown(text), partial(self.earlier.recall, text), text=text)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """Those that have all the words of the query."""
        asked = Query(query)
        for age, text in enumerate(self._prompts):
            if len(asked.covers(text)) == len(asked.terms) > 0:
                recall = partial(self.earlier.recall, text)
                yield Hit(1 / (1 + age), _shown(text), recall, text=text)


def _shown(text: str) -> Content:
    return Content(flat(text[:_WIDTH]))


def prompt_search(prompts: EarlierPrompts) -> CommandPalette:
    """The palette over these prompts."""

    class Provided(_Prompts):  # Textual makes the provider, and gives it nothing of ours
        earlier = prompts

    return CommandPalette(providers=[Provided], placeholder="Search the prompts of all sessions")
