"""The least chat that Textual's own widgets make: a `Markdown` for each answer, streamed into from `ChatOpenAI`.

Usage: stock_markdown PAST, the number of answers that are there from the start.
"""

import sys

from langchain_openai import ChatOpenAI
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown

from tests.benchmarks.load import plain_fragments

__all__ = ["MarkdownChat"]

_TOKENS = 280
"""Of a past answer."""


class MarkdownChat(App[None]):
    """Asks what is typed."""

    CSS = "VerticalScroll { height: 1fr; }"

    def __init__(self, past: int) -> None:
        super().__init__()
        self._past = past
        self._model = ChatOpenAI(model="bench")

    def compose(self) -> ComposeResult:
        """Past answers above the input."""
        with VerticalScroll():
            for number in range(self._past):
                yield Markdown("".join(plain_fragments(number, _TOKENS)))
        yield Input(placeholder="Ask anything")

    def on_mount(self) -> None:
        """Take keys, and stay at the end."""
        self.query_one(VerticalScroll).anchor()
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        event.input.clear()
        self.run_worker(self._answer(event.value))

    async def _answer(self, question: str) -> None:
        log = self.query_one(VerticalScroll)
        answer = Markdown()
        await log.mount(answer)
        log.anchor()
        stream = Markdown.get_stream(answer)
        async for chunk in self._model.astream(question):
            await stream.write(str(chunk.text))
        await stream.stop()


if __name__ == "__main__":
    MarkdownChat(int(sys.argv[1])).run()
