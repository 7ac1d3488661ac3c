"""What was asked before, for the input to walk back through and to search."""

from collections.abc import Callable, Iterable, Sequence

from agent.threads import in_thread
from tui.panes.prompt.input import Prompt

__all__ = ["EarlierPrompts"]


class EarlierPrompts:
    """The prompts of the session that is shown, then those of all others."""

    def __init__(self, prompt: Prompt, saved: Callable[[], Sequence[str]]) -> None:
        """`saved` gives what was asked in all saved sessions, the latest first; it may block."""
        self._prompt = prompt
        self._saved = saved
        self._own: list[str] = []
        """What was asked in the session that is shown, the latest last."""
        self._all: list[str] = []
        """What was asked anywhere, the latest last."""

    def show(self, questions: Iterable[str]) -> None:
        """Another session is shown, in which these were asked."""
        self._own = list(questions)
        self._offer()

    def note(self, text: str) -> None:
        """It was sent in the session that is shown."""
        if self._own[-1:] != [text]:  # one that waited is noted when it is sent and when its turn comes
            self._own.append(text)
        self._all.append(text)
        self._offer()

    async def load(self) -> None:
        """Take in what was asked in saved sessions."""
        self._all[:0] = reversed(await in_thread(self._saved))
        self._offer()

    async def latest(self) -> list[str]:
        """All of them, each once, the latest first."""
        saved = await in_thread(self._saved)
        return [*dict.fromkeys([*reversed(self._all), *saved])]

    def recall(self, text: str) -> None:
        """One of them was found: put it into the input."""
        self._prompt.recall(text)
        self._prompt.screen.set_focus(self._prompt)

    def _offer(self) -> None:
        own = set(self._own)
        self._prompt.previous = [*(text for text in self._all if text not in own), *self._own]
