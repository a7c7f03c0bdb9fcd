"""Parameters, posts and names as a plan declares them: checked one statement at a time."""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import reduce

from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.domain.calculation.plan import DatedValue, Parameter, ParameterContent, Place
from services.payroll.domain.calculation.tables import PostTable
from services.payroll.domain.vocabulary import POSTS

from .names import RESERVED, TRUTHS, function_named
from .problems import Misread, nearest
from .symbols import ParameterSymbol
from .syntax import (
    Constant,
    DatedNode,
    DayNode,
    NameNode,
    NumberNode,
    ParameterNode,
    PostTableNode,
    TableNode,
    TextNode,
    Word,
)
from .tables import TypedPosts, TypedTable, table_from, typed
from .types import DAY, TRUTH, Kind, Type, common

_ENGLISH_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_FIELD_NAMES = frozenset(
    spelling for kind in FACT_KINDS.values() for field in kind.fields for spelling in (field.name, *field.chinese)
)


def check_names(chinese: Word, english: Word, taken: set[str], *, in_facts: bool) -> None:
    """Both names new and usable; a parameter's also unlike any field, since aggregations see both."""
    line_name(english)
    for word in (chinese, english):
        if word.text in RESERVED or (in_facts and word.text in _FIELD_NAMES):
            problem = f"“{word.text}”已有固定含义", f"{word.text!r} has a meaning of its own"
            raise Misread(word.at, "name-reserved", *problem)
        if word.text in taken:
            raise Misread(word.at, "name-repeated", f"名称“{word.text}”重复", f"the name {word.text!r} is taken")
    taken.update((chinese.text, english.text))


def line_name(word: Word) -> str:
    """An English name: of a parameter, a step or a pay line."""
    if _ENGLISH_NAME.fullmatch(word.text) is None:
        problem = (
            f"这里是英文名,不是“{word.text}”",
            f"an English name stands here, not {word.text!r}",
        )
        raise Misread(word.at, "name-invalid", *problem, "小写 small letters, 0-9, _")
    return word.text


def posts_of(words: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_post(word) for word in words))


def _post(word: Word) -> str:
    code = POSTS.code(word.text)
    if code is None and not word.quoted:
        advice = nearest(word.text, POSTS.all_spellings()) or "自定义岗位加引号 / quote a post of your own"
        problem = f"没有岗位“{word.text}”", f"there is no post {word.text!r}"
        raise Misread(word.at, "post-unknown", *problem, advice)
    return code or word.text


def parameter_symbol(node: ParameterNode, place: Callable[[int], Place]) -> ParameterSymbol:
    values = tuple(_dated(node, dated) for dated in node.values)
    _check_days(node)
    types = [_type_of(node, dated.value) for dated in node.values]
    parameter = Parameter(
        name=node.english.text,
        chinese=node.chinese.text,
        clause=node.clause,
        values=values,
        choices=node.choices,
        at=place(node.at),
    )
    return ParameterSymbol(parameter, reduce(lambda left, right: _same(node.at, left, right), types))


def _check_days(node: ParameterNode) -> None:
    seen: set[date] = set()
    for dated in node.values:
        if dated.since.value in seen:
            problem = f"同一天有两个值: {dated.since.value}", f"two values from the same day: {dated.since.value}"
            raise Misread(dated.since.at, "value-repeated", *problem)
        seen.add(dated.since.value)
        if dated.until is not None and dated.until.value < dated.since.value:
            raise Misread(dated.until.at, "date-invalid", "截止早于开始", "the value ends before it begins")


def _dated(node: ParameterNode, dated: DatedNode) -> DatedValue:
    content, written = _content(node, dated.value)
    return DatedValue(content, written, dated.since.value, None if dated.until is None else dated.until.value)


def _content(node: ParameterNode, value: Constant) -> tuple[ParameterContent, str]:
    match value:
        case NumberNode():
            return value.value, value.written
        case TextNode():
            _check_choice(node, value)
            return value.value, value.value
        case DayNode():
            return value.value, str(value.value)
        case NameNode():
            return _truth(value), value.name
        case TableNode():
            return _table(value).table, "; ".join(_band_text(value))
        case PostTableNode():
            written = "; ".join(f"{post.text}: {number.written}" for post, number in value.values)
            return _post_table(value).table, written


def _check_choice(node: ParameterNode, value: TextNode) -> None:
    if value.value not in node.choices:
        problem = f"“{value.value}”不在选项中", f"{value.value!r} is not one of the choices"
        advice = nearest(value.value, node.choices) or '选项("…"; "…") / one_of("…"; "…")'
        raise Misread(value.at, "choice-unknown", *problem, advice)


def _truth(value: NameNode) -> bool:
    if value.name not in TRUTHS:
        problem = f"参数的值不能是“{value.name}”", f"{value.name!r} cannot be the value of a parameter"
        raise Misread(value.at, "name-unknown", *problem, nearest(value.name, TRUTHS) or "是 yes, 否 no")
    return TRUTHS[value.name]


def _table(value: TableNode) -> TypedTable:
    _check_table(value, "tier", ("档位", "<1: 0%; >=1: 5%"))
    return table_from(value.at, value.bands)


def _post_table(value: PostTableNode) -> TypedPosts:
    _check_table(value, "by_post", ("按岗位", "业务接待: 0.4"))
    values: dict[str, Fraction] = {}
    for word, number in value.values:
        post = _post(word)
        if post in values:
            raise Misread(word.at, "value-repeated", f"岗位“{word.text}”重复", f"the post {word.text!r} is given twice")
        values[post] = number.value
    types = (typed(number) for _, number in value.values)
    return TypedPosts(PostTable(values), reduce(lambda left, right: common(value.at, left, right), types))


def _check_table(value: TableNode | PostTableNode, wanted: str, written: tuple[str, str]) -> None:
    """Bands stand in tier(…), values by post in by_post(…)."""
    if function_named(value.name) != wanted:
        chinese, content = written
        problem = f"这里写 {chinese}({content})", f"{wanted}({content}) stands here"
        raise Misread(value.at, "function-unknown", *problem, f"{chinese}, {wanted}")


def _band_text(value: TableNode) -> list[str]:
    return [
        f"{' '.join(bound.sign + bound.number.written for bound in band.bounds)}: {band.value.written}"
        for band in value.bands
    ]


def _type_of(node: ParameterNode, value: Constant) -> Type | TypedTable | TypedPosts:
    match value:
        case NumberNode():
            return Type(Kind.NUMBER, value.money, value.hours)
        case TextNode():
            return Type(Kind.TEXT, allowed=node.choices)
        case DayNode():
            return DAY
        case NameNode():
            return TRUTH
        case TableNode():
            return _table(value)
        case PostTableNode():
            return _post_table(value)


def _same(
    at: int, left: Type | TypedTable | TypedPosts, right: Type | TypedTable | TypedPosts
) -> Type | TypedTable | TypedPosts:
    match left, right:
        case TypedTable(), TypedTable():
            return TypedTable(left.table, common(at, left.edge, right.edge), common(at, left.value, right.value))
        case TypedPosts(), TypedPosts():
            return TypedPosts(left.table, common(at, left.value, right.value))
        case Type(), Type():
            return common(at, left, right)
        case _:
            problem = (
                "同一参数的值须始终是同一种表,或始终不是表",
                "a parameter is always the same kind of table or never one",
            )
            raise Misread(at, "type-mismatch", *problem)
