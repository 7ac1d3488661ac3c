"""What requests to a model say that those before them did not: the next question, and results of the calls so far.

A request brings the whole history each time. A turn goes from a question until the next one; what lies between comes
from the answers, which whoever tells them told already.
"""

from typing import Any

from agent.events.types import TokenUsage
from agent.formats.imports.content import question
from agent.formats.imports.telling import Telling
from agent.formats.imports.traces.messages import Said

__all__ = ["Dialogue"]


class Dialogue:
    """One thread of requests and answers."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._asked: tuple[int, str] | None = None
        """How many questions there were with the last one, and that."""
        self._answers = 0

    def ask(self, history: list[Said], at: int | None, agent: str | None = None) -> None:
        """A request goes out. A result in it has no moment of its own: it is told at that of the request."""
        for said in history:
            for given in said.results:
                self._telling.result(given.call, given.content, at, is_error=given.is_error, agent=agent)
        questions = [said for said in history if said.is_question]
        if agent is not None:
            return
        if questions:
            asked = len(questions), questions[-1].text
            if self._telling.run_id is None or asked != self._asked or self._telling.is_answered:
                self._asked = asked
                self._telling.begin(question(questions[-1].text, questions[-1].attached), at)
        self._telling.ensure_run(at)

    def answer(
        self,
        answers: list[Said],
        began: int | None,
        ended: int | None,
        *,
        usage: TokenUsage | None = None,
        agent: str | None = None,
    ) -> None:
        """A model's whole answer; of its parts only the end is known."""
        self._telling.step(began, agent)
        self.use(usage, agent)
        for said in answers:
            self.say(said, ended, agent)

    def use(self, usage: TokenUsage | None, agent: str | None = None) -> None:
        """What the model call that is open cost."""
        self._answers += 1
        self._telling.use(f"answer {self._answers}", usage, agent)

    def say(self, said: Said, at: int | None, agent: str | None = None, *, without_text: Any = False) -> None:
        """What one message of an answer says; its text not, where that was told in fragments."""
        self._telling.reasoning(said.reasoning, at, agent=agent)
        if not without_text:
            self._telling.text(said.text, at, agent=agent)
        for call in said.calls:
            if not call.id or not self._telling.knows_call(call.id):
                self._telling.call(call.id, call.name, call.arguments, at, agent=agent)
        for given in said.results:  # of tools that ran at the provider
            self._telling.result(given.call, given.content, at, is_error=given.is_error, agent=agent)
