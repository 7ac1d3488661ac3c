"""Searching the prompts of all sessions, in the palette; the one that is chosen comes into the input."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Protocol, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Provider
from textual.content import Content

from agent.library.words import Query
from tui.drawing.cells import flat

__all__ = ["prompt_search"]

_SHOWN = 50
"""Prompts that are offered before anything is typed."""
_WIDTH = 300
"""Characters of a prompt that are shown."""


class _Owner(Protocol):
    """The screen that the palette lies over."""

    async def earlier_prompts(self) -> list[str]:
        """The prompts of all sessions, the latest first."""

    def recall_prompt(self, text: str) -> None:
        """Put one into the input."""


class _Prompts(Provider):
    """Offers the prompts that have all the words, the latest first."""

    async def startup(self) -> None:
        """Called by Textual before it searches."""
        self._prompts = await self._owner.earlier_prompts()

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        """The latest ones."""
        for text in self._prompts[:_SHOWN]:
            yield DiscoveryHit(_shown(text), partial(self._owner.recall_prompt, text), text=text)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """Those that have all the words of the query."""
        asked = Query(query)
        for age, text in enumerate(self._prompts):
            if len(asked.covers(text)) == len(asked.terms) > 0:
                recall = partial(self._owner.recall_prompt, text)
                yield Hit(1 / (1 + age), _shown(text), recall, text=text)

    @property
    def _owner(self) -> _Owner:
        return cast("_Owner", self.screen)


def _shown(text: str) -> Content:
    return Content(flat(text[:_WIDTH]))


def prompt_search() -> CommandPalette:
    """The palette over the prompts of the screen that it is pushed over."""
    return CommandPalette(providers=[_Prompts], placeholder="Search the prompts of all sessions")
