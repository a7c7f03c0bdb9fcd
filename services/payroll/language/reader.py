"""Lark at work: one statement in, one syntax node out; every failure is a Misread with its offset in the statement."""

from functools import cache
from pathlib import Path

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from .builder import SyntaxBuilder
from .problems import Misread, nearest
from .syntax import StatementNode

_EXPECTED = {
    "NAME": "名称 a name",
    "NUMBER": "数字 a number",
    "TEXT": "“文字” a quoted text",
    "DATE": "日期 a date (2026-01-01)",
    "EQUALS": "=",
    "_OPEN": "(",
    "CLOSE": ")",
    "_SEPARATOR": "; 或 or ,",
    "CLAUSE": "[条款 clause]",
    "_PLAN": "计划 plan",
    "_PARAMETER": "参数 parameter",
    "STORE": "门店 store",
    "TEAM": "班组 team",
    "PERSON": "个人 person",
    "PAY": "发放 pay",
    "_REMIND": "提醒 remind",
    "_CHOICES": "选项 one_of",
    "_SINCE": "自 from",
    "_UNTIL": "至 until",
    "_AS": "作为 as",
    "WHEN": "条件 when",
    "_COLON": ":",
    "$END": "行尾 the end of the statement",
}
_KEYWORDS = tuple(
    " ".join(_EXPECTED[name] for name in ("_PLAN", "_PARAMETER", "STORE", "TEAM", "PERSON", "PAY")).split()
)
_OPERATORS = {"COMPARISON", "PLUS", "MINUS", "TIMES", "OVER"}
_AND, _OR = "写成函数 且(甲; 乙) / write and(a; b)", "写成函数 或(甲; 乙) / write or(a; b)"
_IF = "写成函数 如果(条件; 甲; 乙) / write if(condition; a; b)"
_BETWEEN = {
    **dict.fromkeys(("且", "并且", "and"), _AND),
    **dict.fromkeys(("或", "或者", "or"), _OR),
    **dict.fromkeys(("如果", "那么", "否则", "if", "then", "else"), _IF),
    **dict.fromkeys(("x", "X", "乘"), "乘号写 × 或 * / multiply by × or *"),
    **dict.fromkeys(("除", "除以"), "除号写 ÷ 或 / / divide by ÷ or /"),
}
"""Words that people write between two values, where an operator belongs."""


def read_statement(text: str) -> StatementNode:
    """The syntax node of one statement of normalised text."""
    try:
        node: StatementNode = _parser().parse(text)  # type: ignore[assignment]  # the builder replaces Lark's tree
    except UnexpectedInput as error:
        raise _misread(error, text) from None
    except VisitError as error:
        raise error.orig_exc from None
    return node


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=SyntaxBuilder())


def _misread(error: UnexpectedInput, text: str) -> Misread:
    if isinstance(error, UnexpectedCharacters):
        return _unreadable(text, error.pos_in_stream or 0, set(error.allowed or ()))
    if isinstance(error, UnexpectedToken):
        token: Token = error.token
        at = len(text.rstrip()) if token.type == "$END" else token.start_pos or 0
        found = "行尾 the end" if token.type == "$END" else f"“{token}”"
        return _unexpected(at, found, set(error.accepts or error.expected), str(token))
    return Misread(0, "syntax", "语句不完整", "the statement is not complete")


def _unreadable(text: str, at: int, allowed: set[str]) -> Misread:
    sign = text[at]
    if sign.isdigit():
        chinese, english = "数字或单位写法有误", "a number or its unit is not written correctly"
        return Misread(at, "number-invalid", chinese, english, "例 e.g. 12.5, 0.5%, 120元/工时")
    if sign.isalpha() or sign in '"[(':
        word = next(iter(text[at:].split()), sign)[:20]
        return _unexpected(at, f"“{word}”", allowed, word)
    return Misread(at, "character-not-allowed", f"不能使用字符“{sign}”", f"the character {sign!r} cannot stand here")


def _unexpected(at: int, found: str, expected: set[str], word: str) -> Misread:
    wanted = sorted(_EXPECTED[name] for name in expected if name in _EXPECTED)
    if expected & _OPERATORS:
        wanted.append("运算符 an operator")
    listed = ", ".join(wanted)
    suggestion = _BETWEEN.get(word, "") if expected & _OPERATORS else ""
    if "_PARAMETER" in expected:
        suggestion = nearest(word, _KEYWORDS)
    return Misread(
        at, "syntax", f"此处不应是 {found};可以是 {listed}", f"{found} cannot stand here; expected {listed}", suggestion
    )
