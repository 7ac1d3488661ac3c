"""One sentence of arithmetic, read by recursive descent. It owns the rules of precedence, lists, commands and words
that refer to an earlier result; it refuses to know how sentences are told apart and what is done with the trees.
"""

from dataclasses import dataclass

from agent.sources.models.arithmetic.language.expression import (
    NEGATION_LEVEL,
    PRECEDENCE,
    Expression,
    Negation,
    Number,
    Operation,
    Operator,
    operators,
)
from agent.sources.models.arithmetic.language.vocabulary import Kind, Token

__all__ = ["MAX_DEPTH", "MAX_OPERATIONS", "Clause", "Grammar", "GrammarError"]

MAX_DEPTH = 64
"""How deep parentheses, signs and powers may be nested."""
MAX_OPERATIONS = 200
"""How many operations one sentence may ask for, those of the result it refers to included."""

_STARTS_OPERAND = frozenset({Kind.NUMBER, Kind.OPEN, Kind.EARLIER, Kind.PREFIX, Kind.LIST, Kind.NEGATIVE, Kind.OPENER})
_FILLERS = frozenset({Kind.OPENER, Kind.NEUTRAL})
_JOINTS = frozenset({Kind.AND, Kind.COMMA})
_SIGNS = (Operator.ADD, Operator.SUBTRACT)
_REPEATABLE = (Operator.ADD, Operator.MULTIPLY)
_END = Token(kind=Kind.BREAK, text="the end")


class GrammarError(Exception):
    """A sentence that cannot be read; the message says why, as half a sentence for the user."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One step of a sentence."""

    expression: Expression
    continues: bool
    """Whether it contains the earlier result it was given."""


class Grammar:
    """Reads the clauses of one sentence, one after the other, from its tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self._operations = 0
        self._earlier: Expression | None = None
        self._continues = False

    # Clauses and commands

    def has_clause(self) -> bool:
        """Whether there is more to read than fillers."""
        return any(token.kind not in _FILLERS | _JOINTS for token in self._tokens[self._position :])

    def clause(self, earlier: Expression | None) -> Clause:
        """The next clause; `earlier` is what "it" means there. Raises GrammarError where it cannot be read."""
        self._earlier, self._continues = earlier, False
        opened = Kind.OPENER in self._skip(_FILLERS | _JOINTS)
        if self._next().kind is Kind.COMMAND:
            expression = self._command()
        elif self._goes_on(opened):
            expression = self._go_on(self._earlier_result(), 0)
        else:
            expression = self._expression()
        self._skip(_FILLERS)
        if self._next() is not _END and self._next().kind not in _JOINTS:
            raise GrammarError(f"I do not expect '{self._next().text}' where it stands")
        return Clause(expression=expression, continues=self._continues)

    def _goes_on(self, opened: bool) -> bool:
        """Whether the clause begins with an operator whose left operand is the earlier result: "and times 3?".

        The sign - never does, as it may be the sign of a number; nor does "what is minus 3".
        """
        token = self._next()
        if token.kind is Kind.INFIX and token.operator in _SIGNS and (opened or token.text == "-"):
            return False
        return token.kind is Kind.POSTFIX or (token.kind is Kind.INFIX and self._earlier is not None)

    def _command(self) -> Expression:
        """Reads "add A to B", "add A and B", "subtract A from B", "multiply A by B", "divide by B", "add A"."""
        operator = self._operator(self._take())
        if self._accept_link("by", "with"):
            return self._join(operator, self._earlier_result(), self._expression())
        first = self._expression()
        if operator is Operator.SUBTRACT and self._accept_link("from"):
            return self._join(operator, self._expression(), first)
        if operator is not Operator.SUBTRACT and self._accept_link("by", "with"):
            return self._join(operator, first, self._expression())
        items = self._items(first) if operator in _REPEATABLE else [first]
        if operator is Operator.ADD and self._accept_link("to"):
            return self._fold(operator, [self._expression(), *items])
        if len(items) > 1 or (self._earlier is None and not isinstance(first, Number)):
            return self._fold(operator, items)
        return self._join(operator, self._earlier_result(), first)

    # Expressions

    def _expression(self, level: int = 0) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise GrammarError(f"it is nested more than {MAX_DEPTH} deep")
        expression = self._go_on(self._operand(), level)
        self._depth -= 1
        return expression

    def _go_on(self, left: Expression, level: int) -> Expression:
        """What follows an operand, as far as it binds at least as tightly as `level`."""
        while (token := self._next()).kind in (Kind.INFIX, Kind.INFIX_REVERSED, Kind.POSTFIX):
            operator = self._operator(token)
            precedence = PRECEDENCE[operator]
            if precedence < level:
                break
            self._take()
            if token.value is not None:
                left = self._join(operator, left, Number(value=token.value))
                continue
            right = self._expression(precedence if operator is Operator.POWER else precedence + 1)
            reverse = token.kind is Kind.INFIX_REVERSED
            left = self._join(operator, right, left) if reverse else self._join(operator, left, right)
        return left

    def _operand(self) -> Expression:
        self._skip(_FILLERS)
        token = self._take()
        match token.kind:
            case Kind.NUMBER if token.value is not None:
                return Number(value=token.value)
            case Kind.OPEN:
                inner = self._expression()
                if self._take().kind is not Kind.CLOSE:
                    raise GrammarError("a parenthesis is not closed")
                return inner
            case Kind.EARLIER:
                return self._earlier_result()
            case Kind.PREFIX if token.value is not None:
                operand = self._expression(NEGATION_LEVEL)
                return self._join(self._operator(token), operand, Number(value=token.value))
            case Kind.LIST:
                return self._list(self._operator(token))
            case Kind.NEGATIVE:
                return self._negative()
            case Kind.INFIX if token.operator is Operator.SUBTRACT:
                return self._negative()
            case Kind.INFIX if token.operator is Operator.ADD:
                return self._expression(NEGATION_LEVEL)
        raise GrammarError(f"a number is missing before '{token.text}'" if token is not _END else "a number is missing")

    def _negative(self) -> Expression:
        operand = self._expression(NEGATION_LEVEL)
        return Number(value=-operand.value) if isinstance(operand, Number) else Negation(operand=operand)

    def _list(self, operator: Operator) -> Expression:
        items = self._items(self._expression())
        if len(items) < 2 or (len(items) > 2 and operator not in _REPEATABLE):
            raise GrammarError("I cannot tell which numbers belong to it")
        return self._fold(operator, items)

    def _items(self, first: Expression) -> list[Expression]:
        """The operands joined to `first` by commas and "and", up to the next thing that is no operand."""
        items = [first]
        while self._next().kind in _JOINTS:
            before = self._position
            self._skip(_JOINTS)
            if not self._starts_item():
                self._position = before
                break
            items.append(self._expression())
        return items

    def _starts_item(self) -> bool:
        token, after = self._next(), self._next(1)
        if token.kind is Kind.PREFIX and after.kind is Kind.EARLIER:
            return False  # "add 5 and double it" has two steps
        return token.kind in _STARTS_OPERAND or token.text == "-"

    # Trees

    def _earlier_result(self) -> Expression:
        if self._earlier is None:
            raise GrammarError("there is no earlier result it could go on from")
        self._continues = True
        self._count(sum(1 for _ in operators(self._earlier)))
        return self._earlier

    def _fold(self, operator: Operator, items: list[Expression]) -> Expression:
        result = items[0]
        for item in items[1:]:
            result = self._join(operator, result, item)
        return result

    def _join(self, operator: Operator, left: Expression, right: Expression) -> Expression:
        self._count(1)
        return Operation(operator=operator, left=left, right=right)

    def _count(self, operations: int) -> None:
        self._operations += operations
        if self._operations > MAX_OPERATIONS:
            raise GrammarError(f"it asks for more than {MAX_OPERATIONS} operations at once")

    # Tokens

    def _next(self, ahead: int = 0) -> Token:
        position = self._position + ahead
        return self._tokens[position] if position < len(self._tokens) else _END

    def _take(self) -> Token:
        token = self._next()
        self._position += 1
        return token

    def _skip(self, kinds: frozenset[Kind]) -> set[Kind]:
        skipped = set()
        while self._next().kind in kinds:
            skipped.add(self._take().kind)
        return skipped

    def _accept_link(self, *words: str) -> bool:
        found = self._next().kind is Kind.LINK and self._next().text in words
        self._position += found
        return found

    @staticmethod
    def _operator(token: Token) -> Operator:
        if token.operator is None:
            raise GrammarError(f"I do not expect '{token.text}' where it stands")
        return token.operator
