"""The canonical JSON form of a plan: its statements in English words, formulas as trees; read strictly."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.payroll.domain.calculation.plan import Plan

from .document_reader import read_statements
from .formatting import format_source
from .plan_reader import parse_plan
from .source import Source, Written, read_source
from .spelling import Speech
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
    StepNode,
    TableNode,
    TextNode,
    Word,
)

FORMAT = "aftermile.plan/1"
Json = dict[str, Any]


def to_json(text: str) -> Json:
    """The document of a text that is a plan, whichever language it is written in; comments come along."""
    source = read_source(text)
    speech = Speech("en", source.nodes)
    return {"format": FORMAT, "statements": [_entry(one, speech) for one in source.written]}


def text_of_json(document: object) -> str:
    """The text of a document, in English words; PlanDocumentInvalid or PlanInvalid when it is no plan."""
    return format_source(Source(tuple(read_statements(document, FORMAT))), "en")


def parse_json(document: object) -> Plan:
    return parse_plan(text_of_json(document))


def _entry(one: Written, speech: Speech) -> Json:
    entry: Json = {"comments": list(one.comments)} if one.comments else {}
    if one.spaced:
        entry["spaced"] = True
    if one.node is not None:
        said = speech.statement(one.node)
        name, tell = _STATEMENTS[type(said)]
        entry[name] = dict(tell(said))
    return entry


Pairs = Iterator[tuple[str, Any]]


def _title(node: PlanTitle) -> Pairs:
    yield from (("chinese", node.chinese), ("english", node.english))


def _parameter(node: ParameterNode) -> Pairs:
    yield from _named(node.clause, node.chinese, node.english)
    if node.choices:
        yield "choices", list(node.choices)
    yield "values", [dict(_dated(dated)) for dated in node.values]


def _dated(node: DatedNode) -> Pairs:
    yield "value", _tree(node.value)
    yield "since", str(node.since.value)
    if node.until is not None:
        yield "until", str(node.until.value)


def _step(node: StepNode) -> Pairs:
    yield from _named(node.clause, node.chinese, node.english)
    yield "scope", node.scope.value
    if node.posts:
        yield "posts", [word.text for word in node.posts]
    yield "formula", _tree(node.expression)


def _named(clause: str, chinese: Word, english: Word) -> Pairs:
    yield from (("clause", clause), ("chinese", chinese.text), ("english", english.text))


def _payment(node: PaymentNode) -> Pairs:
    yield "clause", node.clause
    yield "steps", [dict(_payable(payable)) for payable in node.steps]
    if node.condition is not None:
        yield "condition", _tree(node.condition)


def _payable(node: PayableNode) -> Pairs:
    yield "step", node.step.text
    if node.line is not None:
        yield "line", node.line.text


def _reminder(node: ReminderNode) -> Pairs:
    yield from (("step", node.step.text), ("chinese", node.chinese), ("english", node.english))


_STATEMENTS: Mapping[type, tuple[str, Callable[[Any], Pairs]]] = {
    PlanTitle: ("plan", _title),
    ParameterNode: ("parameter", _parameter),
    StepNode: ("step", _step),
    PaymentNode: ("pay", _payment),
    ReminderNode: ("remind", _reminder),
}


def _tree(node: Node | Constant) -> Json:
    """A formula: `{"op": "+", "of": […]}`, `{"call": "sum", "of": […]}`, `{"number": "0.5%"}`, `{"name": …}`, …"""
    return _TREES[type(node)](node)


def _band(node: BandNode) -> Json:
    edges = [{"sign": bound.sign, "number": bound.number.written} for bound in node.bounds]
    return {"band": edges, "value": node.value.written}


def _post_table(node: PostTableNode) -> Json:
    return {"by_post": [{"post": post.text, "value": number.written} for post, number in node.values]}


_TREES: Mapping[type, Callable[[Any], Json]] = {
    NumberNode: lambda node: {"number": node.written},
    TextNode: lambda node: {"text": node.value},
    DayNode: lambda node: {"day": str(node.value)},
    NameNode: lambda node: {"name": node.name},
    NegativeNode: lambda node: {"op": "-", "of": [_tree(node.of)]},
    BinaryNode: lambda node: {"op": node.sign, "of": [_tree(node.left), _tree(node.right)]},
    CallNode: lambda node: {"call": node.name, "of": [_tree(part) for part in node.arguments]},
    BandNode: _band,
    TableNode: lambda node: {"tiers": [_band(band) for band in node.bands]},
    PostTableNode: _post_table,
}
