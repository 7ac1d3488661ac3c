"""Messages read as turns, each from a user's message up to the next (https://docs.ag-ui.com/concepts/messages).

It tells which turn of a thread messages are of, and what of them is asked anew; it changes none.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from agent.conversation.items import Message
from agent.conversation.run import Run
from agent.conversation.turn.content import attachments, plain_text, question_text
from agent.events.types import InputMessage

__all__ = ["SYSTEM_ROLES", "Told", "new_questions", "turns_of"]

SYSTEM_ROLES = frozenset({"system", "developer"})
"""Who says what an agent is to do; such words are neither asked nor answered."""


class Told(Struct, eq=False):
    """A turn as messages tell it."""

    questions: list[InputMessage] = []
    rest: list[InputMessage] = []
    """What came of it, in order."""

    @property
    def question(self) -> str:
        """The user's messages as one text."""
        if len(self.questions) == 1:
            return question_text(self.questions[0].content)
        return "\n\n".join([question_text(message.content) for message in self.questions])

    @property
    def asked(self) -> tuple[str, ...]:
        """Their ids, as far as they have some."""
        return tuple(message.id for message in self.questions if message.id)

    @property
    def attachments(self) -> tuple[str, ...]:
        """What in them is no text."""
        contents = [message.content for message in self.questions if not isinstance(message.content, str)]
        return tuple(name for content in contents for name in attachments(content))

    @property
    def parts(self) -> tuple[Any, ...]:
        """The same as it was told."""
        contents = [message.content for message in self.questions if isinstance(message.content, list)]
        return tuple(part for content in contents for part in content if not plain_text([part]))

    def ask(self, run: Run) -> None:
        """Let the run ask what the user's messages do."""
        only = self.questions[0] if len(self.questions) == 1 else None
        if only is not None and isinstance(only.content, str):  # nearly always
            run.question, run.asked = only.content, (only.id,) if only.id else ()
            return
        run.question, run.asked = self.question, self.asked
        for message in self.questions:
            if not isinstance(message.content, str):
                run.attachments, run.parts = self.attachments, self.parts
                break

    def is_of(self, run: Run) -> bool:
        """Whether the run is this turn: by its question, or by what was said."""
        if self.questions and (run.question or run.asked):
            same_id = bool(set(self.asked) & set(run.asked))
            return run.question.strip() == self.question.strip() or (same_id and _is_part(self.question, run.question))
        ids = {message.id for message in self.rest if message.id}
        words = {plain_text(message.content).strip() for message in self.rest if message.role == "assistant"} - {""}
        return any(
            item.id in ids or (isinstance(item, Message) and item.fragments.text.strip() in words) for item in run.items
        )


def _is_part(one: str, other: str) -> bool:
    return one in other or other in one


def turns_of(messages: Sequence[InputMessage]) -> list[Told]:
    """The turns that messages tell; what stands before the first question is a turn without one."""
    turns: list[Told] = []
    for message in messages:
        is_question = message.role == "user" and message.subagent_run_id is None
        if is_question and (not turns or turns[-1].rest):
            turns.append(Told([message]))
        elif is_question:
            turns[-1].questions.append(message)
        elif turns or message.role not in SYSTEM_ROLES:
            if not turns:
                turns.append(Told())
            turns[-1].rest.append(message)
    return turns


def _is_known_question(message: InputMessage, runs: Sequence[Run]) -> bool:
    """Whether one of the runs asks what the message does, by its id and words; without an id, by its words."""
    text = question_text(message.content).strip()
    for run in reversed(runs):
        if text in run.question and (message.id in run.asked or (not message.id and run.question.strip() == text)):
            return True
    return False


def new_questions(messages: Sequence[InputMessage], runs: Sequence[Run]) -> Told:
    """What a run's input asks anew: the user's messages at its end that no run has asked; the last, if all have been.

    What stands behind them, as results of a client's tools do, is in `rest`.
    """
    told = Told()
    for message in reversed(messages):
        if message.role == "user":
            if told.questions and _is_known_question(message, runs):
                break
            told.questions.insert(0, message)
        elif told.questions and message.role not in SYSTEM_ROLES:
            break
        elif not told.questions:
            told.rest.insert(0, message)
    return told
