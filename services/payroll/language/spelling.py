"""A statement said in the other language: keywords, functions, fields, listed values, the plan's own names."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal

from services.payroll.domain.calculation.facts import FactKind, fact_kind
from services.payroll.domain.calculation.plan import Attribute
from services.payroll.domain.calculation.split import REMAINDER_RULES
from services.payroll.domain.vocabulary import METRICS, POSTS, Choices

from .names import ATTRIBUTES, COMPARISONS, FUNCTIONS, MONTHS, TRUTHS, function_named
from .syntax import (
    BandNode,
    BinaryNode,
    BoundNode,
    CallNode,
    Constant,
    DatedNode,
    NameNode,
    NegativeNode,
    Node,
    NumberNode,
    ParameterNode,
    PayableNode,
    PaymentNode,
    PostTableNode,
    ReminderNode,
    StatementNode,
    StepNode,
    TableNode,
    TextNode,
    Word,
)

Language = Literal["zh", "en"]
_UNITS = (("元", "yuan"), ("工时", "hours"), ("小时", "hours"), ("台", "cars"), ("次", "times"), ("分", "points"))
_PER = (("工时", "hour"), ("小时", "hour"), ("台", "car"), ("次", "time"), ("分", "point"))
_NUMBER = re.compile(r"(-?)([\d.]+)([万亿]?)(.*)")
_MYRIADS = {"万": 4, "亿": 8}


class Speech:
    """Says statements in one language. What is the plan's own text (choices, notices, free texts) stays as it is."""

    def __init__(self, language: Language, nodes: Iterable[StatementNode]) -> None:
        self.language = language
        self._own: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ParameterNode | StepNode):
                said = (node.chinese if language == "zh" else node.english).text
                self._own[node.chinese.text] = self._own[node.english.text] = said

    def statement(self, node: StatementNode) -> StatementNode:
        match node:
            case ParameterNode():
                return replace(node, values=tuple(map(self._dated, node.values)))
            case StepNode():
                return replace(node, posts=tuple(map(self._post, node.posts)), expression=self.formula(node.expression))
            case PaymentNode():
                condition = None if node.condition is None else self.formula(node.condition)
                return replace(node, steps=tuple(map(self._payable, node.steps)), condition=condition)
            case ReminderNode():
                return replace(node, step=self._word(node.step))
            case _:
                return node

    def formula(self, node: Node, kind: FactKind | None = None) -> Node:
        say = _NODES.get(type(node))
        said: Node = node if say is None else say(self, node, kind)
        return said

    def number(self, node: NumberNode) -> NumberNode:
        return replace(node, written=in_language(node.written, self.language))

    def constant(self, node: Constant) -> Constant:
        match node:
            case NumberNode():
                return self.number(node)
            case NameNode():
                return replace(node, name=self.name(node.name, None))
            case TableNode():
                return replace(node, name=self._function("tier"), bands=tuple(map(self.band, node.bands)))
            case PostTableNode():
                values = tuple((self._post(post), self.number(number)) for post, number in node.values)
                return replace(node, name=self._function("by_post"), values=values)
            case _:
                return node

    def _dated(self, node: DatedNode) -> DatedNode:
        return replace(node, value=self.constant(node.value))

    def _payable(self, node: PayableNode) -> PayableNode:
        return replace(node, step=self._word(node.step))

    def _word(self, word: Word) -> Word:
        return replace(word, text=self._own.get(word.text, word.text))

    def _post(self, word: Word) -> Word:
        said = _listed(POSTS, word.text, self.language)
        return Word(word.at, said or word.text, quoted=said is None)

    def band(self, node: BandNode) -> BandNode:
        return replace(node, bounds=tuple(map(self._bound, node.bounds)), value=self.number(node.value))

    def _bound(self, node: BoundNode) -> BoundNode:
        return replace(node, number=self.number(node.number))

    def _function(self, name: str) -> str:
        return FUNCTIONS[name][0] if self.language == "zh" else name

    def name(self, written: str, kind: FactKind | None) -> str:
        place = None if kind is None else kind.position(written)
        if kind is not None and place is not None:
            field = kind.fields[place]
            return field.chinese[0] if self.language == "zh" else field.name
        return _words(self.language).get(written) or self._own.get(written, written)

    def binary(self, node: BinaryNode, kind: FactKind | None) -> BinaryNode:
        left, right = self.formula(node.left, kind), self.formula(node.right, kind)
        if node.sign in COMPARISONS:
            left, right = self._beside(left, node.right, kind), self._beside(right, node.left, kind)
        return replace(node, left=left, right=right)

    def _beside(self, said: Node, other: Node, kind: FactKind | None) -> Node:
        """A quoted text that is compared with a field of a fixed list, or with the post, is a value of that list."""
        choices = _choices(other, kind)
        if choices is None or not isinstance(said, TextNode):
            return said
        return replace(said, value=_listed(choices, said.value, self.language) or said.value)

    def call(self, node: CallNode, kind: FactKind | None) -> CallNode:
        name = function_named(node.name) or node.name
        said = _ARGUMENTS.get(name, Speech.plainly)(self, node.arguments, kind)
        return replace(node, name=self._function(name) if name in FUNCTIONS else name, arguments=said)

    def plainly(self, arguments: tuple[Node, ...], kind: FactKind | None) -> tuple[Node, ...]:
        return tuple(self.formula(argument, kind) for argument in arguments)

    def over_facts(self, arguments: tuple[Node, ...], _: FactKind | None) -> tuple[Node, ...]:
        first, *others = arguments
        kind = fact_kind(first.name) if isinstance(first, NameNode) else None
        if kind is None or not isinstance(first, NameNode):
            return arguments
        said = replace(first, name=kind.chinese[0] if self.language == "zh" else kind.name)
        return (said, *self.plainly(tuple(others), kind))

    def target(self, arguments: tuple[Node, ...], _: FactKind | None) -> tuple[Node, ...]:
        subject, metric, *signers = arguments
        return (self.formula(subject), _metric(metric, self.language), *self.posts(tuple(signers), None))

    def attainment(self, arguments: tuple[Node, ...], kind: FactKind | None) -> tuple[Node, ...]:
        return (self.formula(arguments[0]), *self.target(arguments[1:], kind))

    def posts(self, arguments: tuple[Node, ...], _: FactKind | None) -> tuple[Node, ...]:
        return tuple(_post(node, self.language) for node in arguments)

    def split(self, arguments: tuple[Node, ...], _: FactKind | None) -> tuple[Node, ...]:
        *said, rule = self.plainly(arguments, None)
        if isinstance(rule, TextNode) and rule.value in REMAINDER_RULES:
            rule = replace(rule, value=_rule(rule.value, self.language))
        return (*said, rule)


_ARGUMENTS: Mapping[str, Callable[[Speech, tuple[Node, ...], FactKind | None], tuple[Node, ...]]] = {
    "sum": Speech.over_facts,
    "count": Speech.over_facts,
    "target": Speech.target,
    "target_weight": Speech.target,
    "attainment": Speech.attainment,
    "team_of": Speech.posts,
    "split": Speech.split,
    "split_equally": Speech.split,
}


_NODES: Mapping[type, Callable[[Speech, Any, FactKind | None], Node]] = {
    NumberNode: lambda speech, node, _: speech.number(node),
    NameNode: lambda speech, node, kind: replace(node, name=speech.name(node.name, kind)),
    NegativeNode: lambda speech, node, kind: replace(node, of=speech.formula(node.of, kind)),
    BandNode: lambda speech, node, _: speech.band(node),
    BinaryNode: lambda speech, node, kind: speech.binary(node, kind),
    CallNode: lambda speech, node, kind: speech.call(node, kind),
}


def in_language(written: str, language: Language) -> str:
    """A number with its unit: `3万元` is `30000yuan` in English, `2hours` is `2工时` in Chinese."""
    found = _NUMBER.fullmatch(written)
    assert found is not None, written
    sign, digits, myriad, unit = found.groups()
    if language == "en" and myriad:
        digits, myriad = _without_myriad(digits, _MYRIADS[myriad]), ""
    above, slash, below = unit.partition("/")
    return sign + digits + myriad + _unit(above, _UNITS, language) + slash + _unit(below, _PER, language)


def _without_myriad(digits: str, places: int) -> str:
    whole, _, decimals = digits.partition(".")
    shifted = whole + decimals[:places].ljust(places, "0")
    return (shifted.lstrip("0") or "0") + ("." + decimals[places:] if decimals[places:] else "")


def _unit(written: str, units: tuple[tuple[str, str], ...], language: Language) -> str:
    for chinese, english in units:
        if written in (chinese, english, english.removesuffix("s")):
            return chinese if language == "zh" else english
    return written


@cache
def _words(language: Language) -> Mapping[str, str]:
    """Every fixed word that is not a function to its spelling in a language."""
    words: dict[str, str] = {}
    for table in (ATTRIBUTES, MONTHS, TRUTHS):
        for spelling in table:
            same = (other for other in table if table[other] is table[spelling])
            words[spelling] = next(other for other in same if other.isascii() == (language == "en"))
    return words


def _listed(choices: Choices, written: str, language: Language) -> str | None:
    code = choices.code(written)
    if code is None:
        return None
    return choices.chinese(code) if language == "zh" else code


def _metric(node: Node, language: Language) -> Node:
    """A metric is quoted, so that it is not taken for a step of the same name."""
    said = _listed(METRICS, _text_of(node), language)
    return node if said is None else TextNode(node.at, said)


def _post(node: Node, language: Language) -> Node:
    """A listed post is a name; another one stays quoted."""
    said = _listed(POSTS, _text_of(node), language)
    return node if said is None else NameNode(node.at, said)


def _text_of(node: Node) -> str:
    return node.value if isinstance(node, TextNode) else node.name if isinstance(node, NameNode) else ""


def _choices(node: Node, kind: FactKind | None) -> Choices | None:
    if not isinstance(node, NameNode):
        return None
    place = None if kind is None else kind.position(node.name)
    if kind is not None and place is not None:
        return kind.fields[place].choices
    return POSTS if kind is None and ATTRIBUTES.get(node.name) is Attribute.POST else None


def _rule(written: str, language: Language) -> str:
    same = (rule for rule, meant in REMAINDER_RULES.items() if meant == REMAINDER_RULES[written])
    return next(rule for rule in same if rule.isascii() == (language == "en"))
