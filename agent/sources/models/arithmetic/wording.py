"""Every sentence the model says. It owns their wording, and so it also knows how to find the result in one of them; it
refuses to know when each is said.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from agent.sources.models.arithmetic.language.expression import Operator
from agent.sources.models.arithmetic.language.numerals import last_number, show_number

__all__ = [
    "cannot_wait",
    "failure",
    "missing_tools",
    "outcome",
    "result",
    "result_in",
    "unreadable",
    "what_it_can_do",
]

_CANNOT_BE_WORKED_OUT = "cannot be worked out"
_CANNOT_WORK_OUT = "I cannot work out"
_UNREADABLE = "I could not read that as arithmetic with certainty"
_OFFLINE_MODEL = "I am the offline model built into Tickertape"
_CUT_SHORT = "cut short"
"""What the history says of a turn that did not end; the last number of its text may be cut too."""
_WITHOUT_RESULT = (_CANNOT_BE_WORKED_OUT, _CANNOT_WORK_OUT, _UNREADABLE, _OFFLINE_MODEL, _CUT_SHORT)

_VERBS = {
    Operator.ADD: "adds",
    Operator.SUBTRACT: "subtracts",
    Operator.MULTIPLY: "multiplies",
    Operator.DIVIDE: "divides",
    Operator.POWER: "raises to a power",
}
_GREETING = re.compile(r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings)\b", re.IGNORECASE)
_HOW_TO_CONNECT = (
    "To talk about anything else, connect a model: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own, "
    "and start with --model openai:NAME."
)


def result(expression: str, value: Fraction) -> str:
    """The result of an expression."""
    return f"{expression} equals {show_number(value)}."


def failure(expression: str, reason: str) -> str:
    """Why an expression has no result, in the words of the tool that failed."""
    return f"{expression} {_CANNOT_BE_WORKED_OUT}: {_ended(reason)}"


def missing_tools(expression: str, missing: Sequence[Operator]) -> str:
    """Which tools an expression would need."""
    needed = " and one that ".join(_VERBS[operator] for operator in missing)
    none = "none is bound" if len(missing) == 1 else "they are not bound"
    return f"{_CANNOT_WORK_OUT} {expression}: I would need a tool that {needed}, and {none}."


def cannot_wait() -> str:
    """An answer was demanded before the tools it needs were called."""
    return f"{_CANNOT_WORK_OUT} the answer, as it was asked for before the tools could be called."


def outcome(tool: str, content: str, *, failed: bool) -> str:
    """What a tool that is no arithmetic gave back."""
    return f"{tool} {'failed' if failed else 'returned'}: {_ended(content)}"


def unreadable(reason: str) -> str:
    """Why a question that looks like arithmetic was not worked out."""
    return f"{_UNREADABLE}: {_ended(reason)} {_ability()}"


def what_it_can_do(question: str) -> str:
    """What the model can do, and how to connect another; a greeting is returned."""
    return f"Hello! {_ability()}" if _GREETING.search(question) else _ability()


def result_in(answer: str) -> Fraction | None:
    """The result a later question may refer to: the last number of an answer, unless the answer says there is none."""
    return None if any(phrase in answer for phrase in _WITHOUT_RESULT) else last_number(answer)


def _ability() -> str:
    return (
        f"{_OFFLINE_MODEL}: I work out arithmetic step by step with the tools I am given, such as "
        f'"What is (3 + 4) * 2^5?", "add 5 and 6, then multiply by 2" or "now double it". {_HOW_TO_CONNECT}'
    )


def _ended(sentence: str) -> str:
    sentence = " ".join(sentence.split()) or "it gave no reason"
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
