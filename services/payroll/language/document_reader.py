"""A plan's JSON document read into statements: strictly, every fault named with its pointer."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from services.payroll.domain.bounds import MAX_ARGUMENTS, MAX_NAME, MAX_NESTING, MAX_STATEMENTS
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.vocabulary import POSTS

from .builder import number_of
from .names import COMPARISONS
from .problems import Misread
from .source import Written
from .syntax import (
    BandNode,
    BinaryNode,
    BoundNode,
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

_NAME = re.compile(rf"[^\W\d]\w{{0,{MAX_NAME - 1}}}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?[万亿]?(%|‰|[^\W\d]+(/[^\W\d]+)?)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TEXT = re.compile(r'[^"“”„「」『』＂\x00-\x1f\x7f\u0085\u2028-\u202e\u2066-\u2069\ud800-\udfff]{0,200}')
_CLAUSE = re.compile(r'[^"“”„「」『』＂#＃\[\]【】〔〕［］\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]{0,60}')
_COMMENT = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]{0,2000}")
_SIGNS = ("+", "-", "*", "/", *COMPARISONS)


class PlanDocumentInvalid(PayrollRefusal):
    """The JSON is not the document of a plan; `errors` says where."""

    slug = "plan-document-invalid"
    title = "The JSON form of the plan cannot be read"


class _At:
    """One value of the document and the pointer to it; reading it in another shape than it has is a named error."""

    def __init__(self, value: object, pointer: str = "", depth: int = 0) -> None:
        self.value, self.pointer, self.depth = value, pointer, depth

    def fields(self, *needed: str, **may: bool) -> Mapping[str, "_At"]:
        """Its fields: those needed are there, others than these and `may` are not."""
        if not isinstance(self.value, dict):
            raise self.wrong("应为对象", "an object is needed")
        for key in self.value:
            if key not in needed and key not in may:
                raise _At(None, f"{self.pointer}/{key}").wrong("未知的键", "an unknown key")
        for key in needed:
            if key not in self.value:
                raise _At(None, f"{self.pointer}/{key}").wrong("缺少", "it is missing")
        return {key: _At(value, f"{self.pointer}/{key}", self.depth + 1) for key, value in self.value.items()}

    def each(self, most: int = MAX_ARGUMENTS) -> list["_At"]:
        if not isinstance(self.value, list) or len(self.value) > most:
            raise self.wrong(f"应为不超过 {most} 项的列表", f"a list of at most {most} is needed")
        return [_At(value, f"{self.pointer}/{place}", self.depth + 1) for place, value in enumerate(self.value)]

    def text(self, allowed: re.Pattern[str] = _TEXT) -> str:
        if not isinstance(self.value, str) or allowed.fullmatch(self.value) is None:
            raise self.wrong("这里不能是", "this cannot stand here")
        return self.value

    def one_of(self, *values: str) -> str:
        if self.value not in values or not isinstance(self.value, str):
            raise self.wrong(f"应为 {', '.join(values)} 之一", f"one of {', '.join(values)} is needed")
        return self.value

    def word(self) -> Word:
        return Word(0, self.text(_NAME))

    def day(self) -> DayNode:
        try:
            return DayNode(0, date.fromisoformat(self.text(_DAY)))
        except ValueError:
            raise self.wrong("日期写作 2026-03-01", "a day is written 2026-03-01") from None

    def number(self) -> NumberNode:
        try:
            return number_of(self.text(_NUMBER))
        except Misread as found:
            raise self.wrong(found.chinese, found.english) from None

    def wrong(self, chinese: str, english: str) -> PlanDocumentInvalid:
        shown = "" if self.value is None else f": {str(self.value)[:60]!r}"
        detail = f"{chinese} / {english}{shown}"
        refusal = PlanDocumentInvalid(f"{self.pointer or '/'}: {detail}")
        refusal.errors = [{"pointer": self.pointer, "code": "plan-document-invalid", "detail": detail}]
        return refusal


def read_statements(document: object, format_: str) -> Iterator[Written]:
    whole = _At(document).fields("format", "statements")
    whole["format"].one_of(format_)
    for place, entry in enumerate(whole["statements"].each(MAX_STATEMENTS + 1)):
        one = _written(entry)
        yield one if place else replace(one, spaced=False)


def _written(entry: _At) -> Written:
    given = entry.fields(comments=True, spaced=True, **dict.fromkeys(_STATEMENTS, True))
    comments = (
        tuple(one.text(_COMMENT) for one in given["comments"].each(MAX_STATEMENTS)) if "comments" in given else ()
    )
    said = [_STATEMENTS[name](given[name]) for name in given if name in _STATEMENTS]
    if len(said) > 1 or not (said or comments):
        raise entry.wrong("一项一条语句", "each entry is one statement, or comments at the end")
    spaced = "spaced" in given and given["spaced"].value is True
    return Written(comments, spaced, said[0] if said else None)


def _title(at: _At) -> PlanTitle:
    given = at.fields("chinese", "english")
    return PlanTitle(0, given["chinese"].text(), given["english"].text())


def _parameter(at: _At) -> ParameterNode:
    given = at.fields("clause", "chinese", "english", "values", choices=True)
    choices = tuple(choice.text() for choice in given["choices"].each()) if "choices" in given else ()
    values = tuple(map(_dated, given["values"].each(MAX_STATEMENTS)))
    if not values:
        raise given["values"].wrong("至少一个值", "at least one value is needed")
    return ParameterNode(0, _clause(given), given["chinese"].word(), given["english"].word(), choices, values)


def _clause(given: Mapping[str, _At]) -> str:
    return given["clause"].text(_CLAUSE).strip()


def _dated(at: _At) -> DatedNode:
    given = at.fields("value", "since", until=True)
    until = given["until"].day() if "until" in given else None
    return DatedNode(_constant(given["value"]), given["since"].day(), until)


def _step(at: _At) -> StepNode:
    given = at.fields("clause", "chinese", "english", "scope", "formula", posts=True)
    scope = Scope(given["scope"].one_of(*(scope.value for scope in Scope)))
    posts = tuple(map(_post, given["posts"].each())) if "posts" in given else ()
    names = given["chinese"].word(), given["english"].word()
    return StepNode(0, _clause(given), scope, posts, *names, 0, _formula(given["formula"], 1))


def _post(at: _At) -> Word:
    """A post of the list by its code; any other text is a post of the shop's own."""
    text = at.text()
    code = POSTS.code(text)
    return Word(0, code or text, quoted=code is None)


def _payment(at: _At) -> PaymentNode:
    given = at.fields("clause", "steps", condition=True)
    condition = _formula(given["condition"], 1) if "condition" in given else None
    steps = tuple(map(_payable, given["steps"].each(MAX_STATEMENTS)))
    if not steps:
        raise given["steps"].wrong("至少一个步骤", "at least one step is needed")
    return PaymentNode(0, _clause(given), steps, 0, condition)


def _payable(at: _At) -> PayableNode:
    given = at.fields("step", line=True)
    return PayableNode(given["step"].word(), given["line"].word() if "line" in given else None)


def _reminder(at: _At) -> ReminderNode:
    given = at.fields("step", "chinese", "english")
    return ReminderNode(0, given["step"].word(), given["chinese"].text(), given["english"].text())


_STATEMENTS: Mapping[str, Callable[[_At], StatementNode]] = {
    "plan": _title,
    "parameter": _parameter,
    "step": _step,
    "pay": _payment,
    "remind": _reminder,
}


def _constant(at: _At) -> Constant:
    kind = _kind(at, {**_LEAVES, **_TABLES})
    return {**_LEAVES, **_TABLES}[kind](at)


def _kind(at: _At, shapes: Mapping[str, Any]) -> str:
    """Which shape a tree has: the key that names it."""
    if isinstance(at.value, dict):
        for shape in shapes:
            if shape in at.value:
                return shape
    raise at.wrong(f"应为 {', '.join(shapes)} 之一", f"one of {', '.join(shapes)} is needed")


def _formula(at: _At, depth: int) -> Node:
    if depth > MAX_NESTING:
        raise _At(None, at.pointer).wrong(f"嵌套超过 {MAX_NESTING} 层", f"nested over {MAX_NESTING} deep")
    kind = _kind(at, {**_LEAVES, **_BRANCHES, "band": None})
    if kind in _LEAVES:
        return _LEAVES[kind](at)
    return _band(at) if kind == "band" else _BRANCHES[kind](at, depth + 1)


def _operation(at: _At, depth: int) -> Node:
    given = at.fields("op", "of")
    sign = given["op"].one_of(*_SIGNS)
    of = [_formula(part, depth) for part in given["of"].each(2)]
    if len(of) == 1 and sign == "-":
        return NegativeNode(0, of[0])
    if len(of) != 2:
        raise given["of"].wrong("运算有两边", "an operation has two sides")
    return BinaryNode(0, sign, of[0], of[1])


def _call(at: _At, depth: int) -> CallNode:
    given = at.fields("call", "of")
    parts = tuple(_formula(part, depth) for part in given["of"].each())
    return CallNode(0, 0, given["call"].word().text, parts)


def _band(at: _At) -> BandNode:
    given = at.fields("band", "value")
    bounds = tuple(map(_bound, given["band"].each(2)))
    if not bounds:
        raise given["band"].wrong("至少一边", "at least one edge is needed")
    return BandNode(0, bounds, given["value"].number())


def _bound(at: _At) -> BoundNode:
    given = at.fields("sign", "number")
    return BoundNode(0, given["sign"].one_of(*COMPARISONS), given["number"].number())


def _table(at: _At) -> TableNode:
    return TableNode(0, "tier", tuple(map(_band, at.fields("tiers")["tiers"].each())))


def _post_table(at: _At) -> PostTableNode:
    entries = [entry.fields("post", "value") for entry in at.fields("by_post")["by_post"].each()]
    return PostTableNode(0, "by_post", tuple((_post(one["post"]), one["value"].number()) for one in entries))


_LEAVES: Mapping[str, Callable[[_At], NumberNode | TextNode | DayNode | NameNode]] = {
    "number": lambda at: at.fields("number")["number"].number(),
    "text": lambda at: TextNode(0, at.fields("text")["text"].text()),
    "day": lambda at: at.fields("day")["day"].day(),
    "name": lambda at: NameNode(0, at.fields("name")["name"].word().text),
}
_BRANCHES: Mapping[str, Callable[[_At, int], Node]] = {"op": _operation, "call": _call}
_TABLES: Mapping[str, Callable[[_At], TableNode | PostTableNode]] = {"tiers": _table, "by_post": _post_table}
