"""The input of a chat: the pane's, with what stands behind it here.

What becomes of what is sent is not its business.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from textual import work

from agent.library.drafts import Drafts
from agent.threads import in_thread
from tui.panes.prompt.input import Prompt
from tui.screens.chat.prompt.drafts import DraftKeeper
from tui.screens.chat.prompt.earlier import EarlierPrompts
from tui.screens.chat.prompt.editor import edit

__all__ = ["ChatPrompt", "Questions"]

_NAMES = 8
"""Files that are told where several fit."""


class Questions(Protocol):
    """What becomes of what is in the input."""

    def send(self) -> None:
        """Ask it, or what was held back."""

    def steer(self) -> None:
        """Say it to the running turn."""

    def take_back(self) -> None:
        """Put the last one that waits into the input."""

    def drop(self) -> None:
        """Do not ask the last one that waits."""


class ChatPrompt(Prompt):
    """The input with its drafts, the earlier prompts, the files that it names, and the user's own editor."""

    questions: Questions
    """The owner sets it before anything can be sent."""

    def __init__(
        self, store: Drafts, saved: Callable[[], Sequence[str]], tell: Callable[[str], None], *, id: str
    ) -> None:
        """`saved` gives the prompts of saved sessions, the latest first; it may block. `tell` shows the user a line."""
        super().__init__(id=id)
        self.drafts = DraftKeeper(self, store, partial(self.run_worker, group="drafts"))
        self.earlier = EarlierPrompts(self, saved)
        self._tell = tell

    def replace_text(self, text: str) -> None:
        """Have this text, with the cursor behind it."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    def on_text_area_changed(self) -> None:
        """It has another text."""
        self.drafts.note()

    def search_earlier(self) -> None:
        """Find an earlier prompt by its words."""
        from tui.screens.chat.prompt.search import prompt_search

        self.app.push_screen(prompt_search(self.earlier))

    def on_prompt_search_requested(self) -> None:
        """The same by its key."""
        self.search_earlier()

    def on_prompt_submitted(self) -> None:
        """It is to be asked."""
        self.questions.send()

    def on_prompt_steer_requested(self) -> None:
        """It is to be said to the running turn."""
        self.questions.steer()

    def on_prompt_take_back_requested(self) -> None:
        """The last question that waits is to be changed."""
        self.questions.take_back()

    def on_prompt_drop_requested(self) -> None:
        """The last question that waits is not to be asked."""
        self.questions.drop()

    @work(group="complete", exclusive=True)
    async def on_prompt_completion_requested(self, message: Prompt.CompletionRequested) -> None:
        """The name of a file is to be completed, as far as that is certain."""
        from agent.runs.attachments import complete  # most questions name no file

        added, names = await in_thread(complete, message.before, Path.cwd())
        if self.text_before_cursor != message.before:
            return
        self.insert(added)
        if len(names) != 1:
            more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
            self._tell(f"{'  '.join(names[:_NAMES])}{more}" if names else "There is no such file here")

    @work(group="editor", exclusive=True)
    async def on_prompt_editor_requested(self) -> None:
        """Write the question in the user's own editor; a run goes on meanwhile, unseen."""
        text, problem = await edit(self.app, self.text)
        if text is None:
            self._tell(problem)
        else:
            self.replace_text(text)
        self.screen.refresh(layout=True)
