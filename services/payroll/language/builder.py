"""From grammar rules to syntax nodes, built while Lark parses, so that no deep tree is ever walked."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from lark import Token, Transformer

from services.payroll.domain.bounds import MAX_ARGUMENTS, MAX_LITERAL_DIGITS, MAX_NAME
from services.payroll.domain.calculation.outcome import Scope

from .problems import Misread
from .syntax import (
    BandNode,
    BinaryNode,
    BoundNode,
    CallNode,
    DatedNode,
    DayNode,
    NameNode,
    NegativeNode,
    Node,
    NumberNode,
    ParameterNode,
    PayableNode,
    PaymentNode,
    PlanTitle,
    PostTableNode,
    ReminderNode,
    StatementNode,
    StepNode,
    TableNode,
    TextNode,
    Word,
)

_NUMBER = re.compile(r"(?P<digits>[\d.]+)(?P<myriad>[万亿]?)(?P<unit>.*)")
_MYRIADS = {"": 1, "万": 10_000, "亿": 100_000_000}
_HOURS = frozenset({"工时", "小时", "hour", "hours"})
_WHOLE = re.compile(r"\d+")
Children = Sequence[Any]


class SyntaxBuilder(Transformer[Token, Any]):
    """Each method is named after its rule or alias in grammar.lark."""

    def start(self, children: Children) -> StatementNode:
        clause, body = children
        statement: StatementNode = body
        if clause is None or isinstance(statement, PlanTitle | ReminderNode):
            return statement
        return replace(statement, clause=str(clause)[1:-1].strip())

    def plan(self, children: Children) -> PlanTitle:
        chinese, english = children
        return PlanTitle(_at(chinese), _unquoted(chinese), _unquoted(english))

    def parameter(self, children: Children) -> ParameterNode:
        chinese, english, choices, _, *values = children
        return ParameterNode(_at(chinese), "", _word(chinese), _word(english), choices or (), tuple(values))

    def step(self, children: Children) -> StepNode:
        (scope, at, posts), chinese, english, equals, formula = children
        return StepNode(at, "", scope, posts, _word(chinese), _word(english), _at(equals) + 1, formula)

    def payment(self, children: Children) -> PaymentNode:
        pay, *steps, condition = children
        condition_at, formula = condition or (0, None)
        return PaymentNode(_at(pay), "", tuple(steps), condition_at, formula)

    def payable(self, children: Children) -> PayableNode:
        step, line = children
        return PayableNode(_word(step), None if line is None else _word(line))

    def reminder(self, children: Children) -> ReminderNode:
        step, chinese, english = children
        return ReminderNode(_at(step), _word(step), _unquoted(chinese), _unquoted(english))

    def choices(self, children: Children) -> tuple[str, ...]:
        return tuple(_unquoted(text) for text in _open(children))

    def dated(self, children: Children) -> DatedNode:
        value, since, until = children
        return DatedNode(value, _day(since), None if until is None else _day(until))

    def constant(self, children: Children) -> Any:  # noqa: ANN401 - whichever constant it is
        return children[0]

    def text_constant(self, children: Children) -> TextNode:
        return self.text(children)

    def date_constant(self, children: Children) -> DayNode:
        return self.day(children)

    def name_constant(self, children: Children) -> NameNode:
        return self.name(children)

    def table(self, children: Children) -> TableNode:
        name, *bands = _open(children)
        return TableNode(_at(name), str(name), _counted(_at(name), bands))

    def post_table(self, children: Children) -> PostTableNode:
        name, *values = _open(children)
        return PostTableNode(_at(name), str(name), _counted(_at(name), values))

    def post_value(self, children: Children) -> tuple[Word, NumberNode]:
        post, value = children
        return post, value

    def scope(self, children: Children) -> tuple[Scope, int, tuple[Word, ...]]:
        keyword, posts = (*children, None)[:2]
        return Scope[keyword.type], _at(keyword), posts or ()

    def posts(self, children: Children) -> tuple[Word, ...]:
        return tuple(_open(children))

    def post(self, children: Children) -> Word:
        return _word(children[0])

    def condition(self, children: Children) -> tuple[int, Node]:
        when, formula = children
        return _at(when) + len(when), formula

    def binary(self, children: Children) -> BinaryNode:
        left, sign, right = children
        return BinaryNode(_at(sign), "<>" if sign == "!=" else str(sign), left, right)

    def negative(self, children: Children) -> NegativeNode:
        minus, of = children
        return NegativeNode(_at(minus), of)

    def positive(self, children: Children) -> Node:
        of: Node = children[1]
        return of

    def bracket(self, children: Children) -> Node:
        inner: Node = children[0]
        return inner

    def number(self, children: Children) -> NumberNode:
        return _number(children[0])

    def text(self, children: Children) -> TextNode:
        return TextNode(_at(children[0]), _unquoted(children[0]))

    def day(self, children: Children) -> DayNode:
        return _day(children[0])

    def name(self, children: Children) -> NameNode:
        return NameNode(_at(children[0]), _word(children[0]).text)

    def call(self, children: Children) -> CallNode:
        name, *arguments, close = children
        given = tuple(argument for argument in arguments if argument is not None)
        return CallNode(_at(name), _at(close) + 1, _word(name).text, _counted(_at(name), given))

    def band(self, children: Children) -> BandNode:
        *bounds, value = (child for child in children if child is not None)
        return BandNode(bounds[0].at, tuple(bounds), value)

    def bound(self, children: Children) -> BoundNode:
        sign, number = children
        return BoundNode(_at(sign), "<>" if sign == "!=" else str(sign), number)

    def signed(self, children: Children) -> NumberNode:
        minus, token = children
        number = _number(token)
        if minus is None:
            return number
        return _negative(_at(minus), number)


def _at(token: Token) -> int:
    return token.start_pos or 0


def _open(children: Children) -> list[Any]:
    """Children without the closing bracket, which is kept for the place where a call ends."""
    return [child for child in children if not (isinstance(child, Token) and child.type == "CLOSE")]


def _unquoted(token: Token) -> str:
    return str(token)[1:-1].strip()


def _word(token: Token) -> Word:
    if token.type == "TEXT":
        return Word(_at(token), _unquoted(token), quoted=True)
    if len(token) > MAX_NAME:
        raise Misread(_at(token), "name-invalid", f"名称超过 {MAX_NAME} 字", f"a name of over {MAX_NAME} characters")
    return Word(_at(token), str(token))


def _counted(at: int, arguments: Sequence[Any]) -> tuple[Any, ...]:
    if len(arguments) > MAX_ARGUMENTS:
        raise Misread(at, "argument-count", f"参数超过 {MAX_ARGUMENTS} 个", f"over {MAX_ARGUMENTS} arguments")
    return tuple(arguments)


def _day(token: Token) -> DayNode:
    try:
        year, month, day = (int(part) for part in _WHOLE.findall(token))
        return DayNode(_at(token), date(year, month, day))
    except ValueError:
        chinese, english = f"没有这个日期: {token}", f"there is no such day: {token}"
        raise Misread(_at(token), "date-invalid", chinese, english, "2026-01-31") from None


def number_of(written: str) -> NumberNode:
    """A number as it is written, its sign with it; Misread when it is too long."""
    number = _number(Token("NUMBER", written.removeprefix("-"), start_pos=0))
    return number if number.written == written else _negative(0, number)


def _negative(at: int, number: NumberNode) -> NumberNode:
    return NumberNode(at, -number.value, number.money, number.hours, number.bare, f"-{number.written}")


def _number(token: Token) -> NumberNode:
    found = _NUMBER.fullmatch(token)
    if found is None or len(found["digits"]) > MAX_LITERAL_DIGITS:
        chinese, english = f"数字超过 {MAX_LITERAL_DIGITS} 位", f"a number of over {MAX_LITERAL_DIGITS} digits"
        raise Misread(_at(token), "number-too-long", chinese, english)
    unit, _, per = found["unit"].partition("/")
    scale = {"%": Fraction(1, 100), "‰": Fraction(1, 1000)}.get(unit, Fraction(1))
    return NumberNode(
        at=_at(token),
        value=Fraction(found["digits"]) * _MYRIADS[found["myriad"]] * scale,
        money=int(unit in ("元", "yuan")),
        hours=int(unit in _HOURS) - int(per in _HOURS),
        bare=not unit,
        written=str(token),
    )
