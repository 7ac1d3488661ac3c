"""The next move of a turn: calls to make, or an answer. It owns the plan over whatever tools are bound. It refuses to
know messages, streams and wording, and it keeps nothing: the same turn gives the same move, so what was called before
is found again by its name and arguments.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from agent.sources.models.arithmetic import wording
from agent.sources.models.arithmetic.arguments import explicit_calls, fill_arguments, most_relevant
from agent.sources.models.arithmetic.language.expression import Expression, operators, render
from agent.sources.models.arithmetic.language.parser import Unreadable, read_question
from agent.sources.models.arithmetic.toolbox import Tool, Toolbox
from agent.sources.models.arithmetic.workings import Call, Outcome, Workings

__all__ = ["Answer", "Calls", "Choice", "Turn", "plan"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the caller demands: nothing, no call at all, any call, or a call of the tool of that name."""

    mode: Literal["auto", "none", "any", "named"] = "auto"
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What the user asked, and what the tools have said to it so far."""

    question: str
    earlier: Fraction | None = None
    """The result of the answer before, which "it" and "that" refer to."""
    outcomes: tuple[Outcome, ...] = ()
    """What came of the calls of this turn, in their order."""

    @property
    def tools_used(self) -> list[str]:
        """The tools called in this turn, each once, in the order of their first call."""
        return list(dict.fromkeys(outcome.call.name for outcome in self.outcomes))


@dataclass(frozen=True, kw_only=True, slots=True)
class Calls:
    """Calls that depend on none of each other, to be made at once."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Plain text that ends the turn."""

    text: str


def plan(turn: Turn, toolbox: Toolbox, choice: Choice | None = None) -> Calls | Answer:
    """The next move. An answer goes through the tool for it where one is bound, else it is plain text.

    A demand for a call is met once in a turn: after its result the model answers, as it would go round for ever.
    """
    choice = choice or Choice()
    if choice.mode == "none":
        toolbox = Toolbox()
    move = _move(turn, toolbox)
    final = toolbox.final_answer
    if choice.mode == "named" and choice.name not in turn.tools_used:
        named = toolbox.find(choice.name)
        if named is not None and named is not final:
            return _demanded(move, named, turn)
        if named is final and isinstance(move, Calls):
            move = Answer(text=wording.cannot_wait())
    if isinstance(move, Calls):
        return move
    if final is not None:
        return Calls(calls=(_hand_over(move, final, turn),))
    if choice.mode == "any" and not turn.outcomes and toolbox.tools:
        tool = most_relevant(turn.question, list(toolbox.tools)) or toolbox.tools[0]
        return _demanded(move, tool, turn)
    return move


def _demanded(move: Calls | Answer, tool: Tool, turn: Turn) -> Calls:
    """The planned calls of a tool, else one with arguments from the words of the question."""
    planned = tuple(call for call in move.calls if call.name == tool.name) if isinstance(move, Calls) else ()
    return Calls(calls=planned or (Call(name=tool.name, arguments=fill_arguments(tool, turn.question)),))


def _hand_over(answer: Answer, final: Tool, turn: Turn) -> Call:
    types = {name: schema.get("type") for name, schema in final.properties.items()}
    text = "answer" if "answer" in types else next((name for name, kind in types.items() if kind == "string"), None)
    used = "tools_used" if "tools_used" in types else None
    given = {text: answer.text, used: turn.tools_used}
    known = {name: value for name, value in given.items() if name is not None}
    return Call(name=final.name, arguments=fill_arguments(final, turn.question, known))


def _move(turn: Turn, toolbox: Toolbox) -> Calls | Answer:
    """What the question asks for: a call it spells out, arithmetic, a tool it speaks of, or nothing of that."""
    if spelled_out := explicit_calls(turn.question, toolbox.tools):
        return _other_calls(spelled_out, turn)
    reading = read_question(turn.question, turn.earlier)
    if isinstance(reading, tuple):
        return _arithmetic(reading, turn, toolbox)
    if tool := most_relevant(turn.question, toolbox.others):
        return _other_calls([(tool, fill_arguments(tool, turn.question))], turn)
    if turn.outcomes:
        return Answer(text=_report(turn))
    if isinstance(reading, Unreadable):
        return Answer(text=wording.unreadable(reading.reason))
    return Answer(text=wording.what_it_can_do(turn.question))


def _other_calls(calls: list[tuple[Tool, dict[str, object]]], turn: Turn) -> Calls | Answer:
    if turn.outcomes:
        return Answer(text=_report(turn))
    return Calls(calls=tuple(Call(name=tool.name, arguments=arguments) for tool, arguments in calls))


def _report(turn: Turn) -> str:
    return " ".join(wording.outcome(item.call.name, item.content, failed=item.failed) for item in turn.outcomes)


def _arithmetic(expressions: tuple[Expression, ...], turn: Turn, toolbox: Toolbox) -> Calls | Answer:
    due: dict[tuple[object, ...], Call] = {}
    sentences: list[str] = []
    for expression in expressions:
        needed = dict.fromkeys(operators(expression))
        if missing := [operator for operator in needed if operator not in toolbox.arithmetic]:
            sentences.append(wording.missing_tools(render(expression), missing))
            continue
        workings = Workings(expression, toolbox.arithmetic, turn.outcomes)
        due |= {call.identity: call for call in workings.due}
        if workings.failure is not None:
            sentences.append(wording.failure(render(expression), workings.failure))
        elif workings.value is not None:
            sentences.append(wording.result(render(expression), workings.value))
    return Calls(calls=tuple(due.values())) if due else Answer(text=" ".join(sentences))
