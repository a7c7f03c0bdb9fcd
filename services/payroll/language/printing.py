"""Statements written out: one layout for every plan, the fewest brackets, long formulas over several lines."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from unicodedata import east_asian_width

from .spelling import Language
from .statements import NEW_STATEMENT
from .syntax import (
    BandNode,
    BinaryNode,
    CallNode,
    Constant,
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

WIDTH = 110
"""Columns of a line, a Chinese character being two; a line that cannot be broken may be longer."""
_INDENT = "    "
_KEYWORDS: Mapping[str, tuple[str, str]] = {
    "plan": ("计划", "plan"),
    "parameter": ("参数", "parameter"),
    "choices": ("选项", "one_of"),
    "since": ("自", "from"),
    "until": ("至", "until"),
    "store": ("门店", "store"),
    "team": ("班组", "team"),
    "person": ("个人", "person"),
    "pay": ("发放", "pay"),
    "as": ("作为", "as"),
    "when": ("条件", "when"),
    "remind": ("提醒", "remind"),
}
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_COMPARISON, _SUM, _PRODUCT, _NEGATIVE, _ATOM = range(5)
_BINDING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_SHOWN = {"zh": {"*": "×", "/": "÷"}, "en": {}}


def printed(node: StatementNode, language: Language) -> str:
    """One statement; `node` is said in the language already. On one line where a broken one would read otherwise."""
    pieces = _STATEMENTS[type(node)](node, language)
    head, broken = "".join(pieces[0]), pieces[1]
    flat = head + "".join(flat for flat, _ in broken)
    if _width(flat) <= WIDTH:
        return flat
    lines = [head.rstrip(), *(f"{_INDENT}{line}" for _, laid in broken for line in laid)]
    if any(NEW_STATEMENT.match(line) for line in lines[1:]):
        return flat
    return "\n".join(lines)


Parts = tuple[list[str], list[tuple[str, list[str]]]]
"""The head of a statement, and what follows: each part on one line, and laid out over several."""


def formula_text(node: Node, language: Language) -> str:
    return _flat(node, language)


def constant_text(node: Constant, language: Language) -> str:
    match node:
        case TableNode():
            return f"{node.name}({'; '.join(_flat(band, language) for band in node.bands)})"
        case PostTableNode():
            return f"{node.name}({'; '.join(f'{word_text(post)}: {number.written}' for post, number in node.values)})"
        case _:
            return _flat(node, language)


def word_text(word: Word) -> str:
    return quoted(word.text) if word.quoted else word.text


def quoted(text: str) -> str:
    return f'"{_thousands_kept(text)}"'


def keyword(name: str, language: Language) -> str:
    return _KEYWORDS[name][0 if language == "zh" else 1]


def _title(node: PlanTitle, language: Language) -> Parts:
    return [f"{keyword('plan', language)} {quoted(node.chinese)} {quoted(node.english)}"], []


def _parameter(node: ParameterNode, language: Language) -> Parts:
    choices = f"({'; '.join(map(quoted, node.choices))})" if node.choices else ""
    named = f"{keyword('parameter', language)} {node.chinese.text} {node.english.text} "
    offered = f"{keyword('choices', language)}{choices} " if choices else ""
    values = [dated_text(dated, language) for dated in node.values]
    ends = [*(";" for _ in values[1:]), ""]
    parts = [(f"{value}{end}{' ' if end else ''}", [value + end]) for value, end in zip(values, ends, strict=True)]
    return [_clause(node.clause), named, offered, "= "], parts


def dated_text(node: DatedNode, language: Language) -> str:
    until = "" if node.until is None else f" {keyword('until', language)} {node.until.value}"
    return f"{constant_text(node.value, language)} {keyword('since', language)} {node.since.value}{until}"


def _step(node: StepNode, language: Language) -> Parts:
    scope = scope_text(node, language)
    head = [_clause(node.clause), f"{scope} {node.chinese.text} {node.english.text} = "]
    return head, [(_flat(node.expression, language), _laid(node.expression, language, WIDTH - len(_INDENT)))]


def scope_text(node: StepNode, language: Language) -> str:
    posts = f"({', '.join(map(word_text, node.posts))})" if node.posts else ""
    return keyword(node.scope.value, language) + posts


def _payment(node: PaymentNode, language: Language) -> Parts:
    head = [_clause(node.clause), keyword("pay", language), " "]
    *listed, last = [payable_text(payable, language) for payable in node.steps]
    parts = [(f"{step}, ", [f"{step},"]) for step in listed] + [(last, [last])]
    if node.condition is not None:
        when = f"{keyword('when', language)} {_flat(node.condition, language)}"
        parts.append((f" {when}", [when]))
    return head, parts


def payable_text(node: PayableNode, language: Language) -> str:
    return node.step.text + ("" if node.line is None else f" {keyword('as', language)} {node.line.text}")


def _reminder(node: ReminderNode, language: Language) -> Parts:
    return [f"{keyword('remind', language)} {node.step.text} {quoted(node.chinese)} {quoted(node.english)}"], []


_STATEMENTS: Mapping[type, Callable[[Any, Language], Parts]] = {
    PlanTitle: _title,
    ParameterNode: _parameter,
    StepNode: _step,
    PaymentNode: _payment,
    ReminderNode: _reminder,
}


def _clause(clause: str) -> str:
    return f"[{_thousands_kept(clause)}] " if clause else ""


def _thousands_kept(text: str) -> str:
    """A comma between digits full-width, as it must have been typed: an ASCII one would be refused as thousands."""
    return _COMMA.sub("，", text)


def _flat(node: Node, language: Language) -> str:
    return _NODES[type(node)](node, language)


def _band(node: BandNode, _: Language) -> str:
    return f"{' '.join(bound.sign + bound.number.written for bound in node.bounds)}: {node.value.written}"


def _call(node: CallNode, language: Language) -> str:
    return f"{node.name}({'; '.join(_flat(part, language) for part in node.arguments)})"


def _pair(node: BinaryNode, language: Language) -> str:
    left, right = _sides(node)
    sign = _SHOWN[language].get(node.sign, node.sign)
    return f"{_operand(node.left, left, language)} {sign} {_operand(node.right, right, language)}"


_NODES: Mapping[type, Callable[[Any, Language], str]] = {
    NumberNode: lambda node, _: str(node.written),
    TextNode: lambda node, _: quoted(node.value),
    DayNode: lambda node, _: str(node.value),
    NameNode: lambda node, _: str(node.name),
    NegativeNode: lambda node, language: f"-{_operand(node.of, _NEGATIVE, language)}",
    BandNode: _band,
    CallNode: _call,
    BinaryNode: _pair,
}


def _sides(node: BinaryNode) -> tuple[int, int]:
    """How firmly each side must hold together: chains bind to the left, comparisons do not chain."""
    own = _BINDING.get(node.sign, _COMPARISON)
    return (own or _SUM, own + 1)


def _operand(node: Node, least: int, language: Language) -> str:
    flat = _flat(node, language)
    return flat if _firmness(node) >= least else f"({flat})"


def _firmness(node: Node) -> int:
    match node:
        case BinaryNode():
            return _BINDING.get(node.sign, _COMPARISON)
        case NegativeNode():
            return _NEGATIVE
        case _:
            return _ATOM


def _laid(node: Node, language: Language, room: int) -> list[str]:
    """The lines of a formula: calls broken after their arguments, chains before their operators."""
    flat = _flat(node, language)
    if _width(flat) <= room:
        return [flat]
    match node:
        case CallNode():
            return _laid_call(node, language, room)
        case BinaryNode():
            return _laid_pair(node, language, room)
        case NegativeNode():
            return _led("-", _within(node.of, _NEGATIVE, language, room - 1), " ")
        case _:
            return [flat]


def _laid_call(node: CallNode, language: Language, room: int) -> list[str]:
    parts = [_laid(part, language, room - len(_INDENT) - 1) for part in node.arguments]
    ended = [[*lines[:-1], f"{lines[-1]};"] for lines in parts[:-1]] + parts[-1:]
    return [f"{node.name}(", *(_INDENT + line for lines in ended for line in lines), ")"]


def _laid_pair(node: BinaryNode, language: Language, room: int) -> list[str]:
    left, right = _sides(node)
    sign = _SHOWN[language].get(node.sign, node.sign)
    laid = partial(_within, language=language, room=room - 2)
    return [*laid(node.left, left), *_led(f"{sign} ", laid(node.right, right), "  ")]


def _within(node: Node, least: int, language: Language, room: int) -> list[str]:
    if _firmness(node) >= least:
        return _laid(node, language, room)
    first, *others = _laid(node, language, room - 2)
    lines = [f"({first}", *(f" {line}" for line in others)]
    return [*lines[:-1], f"{lines[-1]})"]


def _led(lead: str, lines: Iterable[str], indent: str) -> list[str]:
    first, *others = lines
    return [lead + first, *(indent + line for line in others)]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
