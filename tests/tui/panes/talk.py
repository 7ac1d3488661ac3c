"""Sessions for the message log: text that is still being written, and many turns."""

from agent.events import types as ev
from tests.tui.panes.script import Script

__all__ = ["Talk", "turns"]


class Talk(Script):
    """Writes a text piece by piece."""

    _text = ""

    def begin(self) -> "Talk":
        """Begin a text in the step that is open, or in a new one."""
        if not self._step:
            self.step()
        self._text = f"said-{next(self._ids)}"
        self._apply(ev.TextMessageStart(message_id=self._text, timestamp=self.now))
        return self

    def say(self, text: str, size: int = 5) -> "Talk":
        """Go on with the text, in pieces of `size` characters."""
        for start in range(0, len(text), size):
            self.now += 5
            delta = text[start : start + size]
            self._apply(ev.TextMessageContent(message_id=self._text, delta=delta, timestamp=self.now))
        return self

    def think(self, text: str, ms: float = 2_300) -> "Talk":
        """A whole reasoning."""
        self.reason([text])
        item = self.run.steps[-1].items[-1]
        self.now = item.started + ms
        self._apply(ev.ReasoningMessageEnd(message_id=item.id, timestamp=self.now))
        return self

    def retry(self, reason: str) -> "Talk":
        """The model is asked again."""
        self._apply(ev.Custom(name=ev.RETRY, value={"reason": reason}, timestamp=self.now))
        return self

    def done(self) -> "Talk":
        """End the text and the run."""
        self._apply(ev.TextMessageEnd(message_id=self._text, timestamp=self.now))
        self.answered()
        return self


def turns(count: int, answer: str = "The answer of this turn.\n\n- one\n- two\n") -> Talk:
    """A session of so many answered turns."""
    talk = Talk()
    for number in range(count):
        talk.ask(f"Question {number}")
        talk.begin().say(answer, 50).done()
    return talk
