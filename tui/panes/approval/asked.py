"""Asks what an agent, or a server of tools, wants to know: who asks, what for, what the answer is to hold.

A question is no permission: it is answered, declined or put away, as the Model Context Protocol has it
(https://modelcontextprotocol.io/specification/2025-06-18/client/elicitation). When an answer counts is as for any bar.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from agent.conversation.items import ToolCall
from tui.drawing.calls.arguments import parse_whole
from tui.drawing.calls.fields import Field, answer_fields, is_open_answer, truth_of
from tui.drawing.calls.plain import plain_arguments
from tui.drawing.cells import flat, in_line
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.approval import question
from tui.panes.approval.bar import Answer, ApprovalBar
from tui.panes.approval.grace import Grace
from tui.widgets.bindings import bindings

__all__ = ["QuestionBar"]

_ASKED = "question"
"""The argument of a question that holds its words."""


class QuestionBar(ApprovalBar, inherit_bindings=False):
    """A question above the prompt; answered by a key, a click, or in a form."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "question.yes": "say(True)",
            "question.no": "say(False)",
            "question.answer": "edit",
            "question.decline": "decide('denied')",
            "question.cancel": "decide('dismissed')",
            "approval.up": "scroll_arguments(-1)",
            "approval.down": "scroll_arguments(1)",
            "approval.page_up": "scroll_arguments(-8)",
            "approval.page_down": "scroll_arguments(8)",
        }
    )
    on_escape = "dismissed"

    def __init__(
        self,
        call: ToolCall,
        form: Mapping[str, Any],
        *,
        grace: Grace | None = None,
        glyphs: Glyphs = UNICODE,
        keys: Keys = DEFAULT_KEYS,
        id: str | None = None,
    ) -> None:
        """`call` is what the question is shown as, `form` the JSON Schema of the answer; an empty one tells nothing."""
        super().__init__(call, grace=grace, glyphs=glyphs, keys=keys, id=id)
        parsed = parse_whole(call.fragments.text)
        self._told: Mapping[str, Any] = parsed.value if isinstance(parsed.value, dict) else {}
        self._fields = answer_fields(self._told, form)
        self._truth = truth_of(self._fields)
        self._is_open = is_open_answer(self._fields)

    @property
    def key_hint(self) -> str:
        """The keys that answer, by their actions."""
        answer = "{question.answer} answer" if self._fields else "{question.yes} yes"
        return f"{answer}  {{question.decline}} decline  {{question.cancel}} put away"

    def title(self) -> str:
        """Who asks, and in which call."""
        asker = self.call.asker
        who = flat(asker.who) if asker is not None else "the agent"
        during = f", during {flat(asker.during)}" if asker is not None and asker.during else ""
        return f"{who[:1].upper()}{who[1:]} asks you{during}"

    def asked(self) -> Content:
        """The question, and each field with what it is to hold."""
        words = self._told.get(_ASKED)
        if isinstance(words, str):
            lines = [Content(in_line(line)) for line in words.splitlines()]
        else:
            rest = {name: value for name, value in self._told.items() if name not in {f.name for f in self._fields}}
            plain = plain_arguments(rest.get(_ASKED, rest), "")
            lines = [Content("".join(span.text for span in line)) for line in plain]
        if until := self._told.get("until"):
            lines.append(Content.styled(f"an answer counts until {flat(str(until))}", "$foreground-muted"))
        if not self._is_open and self._fields:
            lines += [Content(), *map(_wanted, self._fields)]
        return Content("\n").join(lines)

    def answers(self, width: int) -> Content:
        """Each key with its words."""
        words: dict[str, tuple[str, str]] = {}
        if self._truth is not None or not self._fields or self._is_open:
            words["question.yes"] = ("yes", "yes")
        if self._truth is not None:
            words["question.no"] = ("no", "no")
        if self._fields:
            words["question.answer"] = ("answer", "edit")
        words["question.decline"] = ("decline", "denied")
        words["question.cancel"] = ("put it away", "dismissed")
        return question.in_lines(words, self._keys, width, apart="question.decline")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what answers this question has a key."""
        if action == "edit" and not self._fields:
            return False
        if action == "say" and self._truth is None and (parameters != (True,) or (self._fields and not self._is_open)):
            return False
        return super().check_action(action, parameters)

    def action_say(self, is_so: bool) -> None:
        """Answer with yes or no."""
        self._do("yes" if is_so else "no")

    def _do(self, what: str) -> None:
        if what in ("yes", "no") and self._truth is not None:
            self._decide("once", arguments={self._truth.name: what == "yes"})
        elif what in ("yes", "no"):
            answer: Answer = "once" if what == "yes" else "denied"
            self._decide(answer)
        else:
            super()._do(what)


def _wanted(field: Field) -> Content:
    """A field: its name, what it is to hold, and what its schema says of it."""
    needed = "" if field.is_required else ", may be left out"
    at_first = f", {flat(field.text)} if you leave it" if field.text else ""
    words = f"  {flat(field.words)}" if field.words else ""
    return Content.assemble(
        (flat(field.name), "bold $text-accent"), f"  {field.allowed}{needed}{at_first}", (words, "$foreground-muted")
    )
