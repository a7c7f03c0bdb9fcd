"""The functions of the language: what each accepts, what it becomes. Facts, targets, splits have their own files."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import (
    Attribute,
    Coefficient,
    FactField,
    Known,
    Literal,
    Operator,
    ParameterValue,
    PersonValue,
    Tier,
    Total,
)
from services.payroll.domain.calculation.tables import TierTable

from .aggregates import count_facts, sum_facts
from .problems import Misread, nearest
from .resolver import Resolver, Typed, fitted
from .syntax import BandNode, CallNode, NameNode, Node, NumberNode
from .tables import TypedPosts, TypedTable, table_from
from .targets import target_of
from .types import DAY, MONTH, PURE, TRUTH, Kind, common, expect

Call = Callable[[Resolver, CallNode], Typed]
_MAX_ROUND_DIGITS = 9


def check_count(node: CallNode, least: int, most: int | None = None) -> None:
    given = len(node.arguments)
    if given < least or (most is not None and given > most):
        wanted = f"{least}" if most == least else f"{least}–{most}" if most else f"≥ {least}"
        chinese = f"“{node.name}”要 {wanted} 个参数,给了 {given} 个"
        raise Misread(node.at, "argument-count", chinese, f"{node.name} takes {wanted} arguments, not {given}")


def _if(resolver: Resolver, node: CallNode) -> Typed:
    check_count(node, 3, 3)
    condition = resolver.truth(node.arguments[0])
    then, otherwise = (resolver.resolve(part) for part in node.arguments[1:])
    type_ = common(node.at, then.type, otherwise.type)
    if type_.kind is Kind.TEXT:
        _, one, other = node.arguments
        then, otherwise = fitted(one, then, otherwise.type), fitted(other, otherwise, then.type)
    return Typed(resolver.operation(node.at, Operator.IF, condition, then.expression, otherwise.expression), type_)


def _logic(operator: Operator) -> Call:
    def call(resolver: Resolver, node: CallNode) -> Typed:
        check_count(node, *((1, 1) if operator is Operator.NOT else (2, None)))
        return Typed(resolver.operation(node.at, operator, *map(resolver.truth, node.arguments)), TRUTH)

    return call


def _extreme(operator: Operator, least: int = 2, most: int | None = None) -> Call:
    def call(resolver: Resolver, node: CallNode) -> Typed:
        check_count(node, least, most)
        numbers = [resolver.number(part) for part in node.arguments]
        type_ = numbers[0].type
        for part, number in zip(node.arguments, numbers, strict=True):
            type_ = common(part.at, type_, number.type)
        return Typed(resolver.operation(node.at, operator, *(number.expression for number in numbers)), type_)

    return call


def _rounding(operator: Operator) -> Call:
    def call(resolver: Resolver, node: CallNode) -> Typed:
        check_count(node, 1, 2)
        number = resolver.number(node.arguments[0])
        digits = node.arguments[1] if len(node.arguments) > 1 else None
        places = Literal(resolver.place(node.at), _digits(node, digits))
        return Typed(resolver.operation(node.at, operator, number.expression, places), number.type)

    return call


def _digits(call: CallNode, node: Node | None) -> Fraction:
    if node is None:
        return Fraction(2)
    if isinstance(node, NumberNode) and node.bare and node.value.denominator == 1 and node.value <= _MAX_ROUND_DIGITS:
        return node.value
    chinese, english = (
        f"小数位数写 0 到 {_MAX_ROUND_DIGITS}",
        f"decimals are a whole number from 0 to {_MAX_ROUND_DIGITS}",
    )
    raise Misread(call.at if node is None else node.at, "digits-invalid", chinese, english)


def _month(resolver: Resolver, node: CallNode) -> Typed:
    check_count(node, 1, 1)
    return Typed(resolver.operation(node.at, Operator.MONTH, resolver.of_type(node.arguments[0], DAY)), MONTH)


def _day(operator: Operator) -> Call:
    def call(resolver: Resolver, node: CallNode) -> Typed:
        check_count(node, 2)
        days = [resolver.of_type(part, DAY) for part in node.arguments]
        return Typed(resolver.operation(node.at, operator, *days), DAY)

    return call


def _is_known(resolver: Resolver, node: CallNode) -> Typed:
    check_count(node, 1, 1)
    of = resolver.resolve(node.arguments[0]).expression
    if isinstance(of, FactField | Coefficient) or (isinstance(of, PersonValue) and of.attribute is not Attribute.TEAM):
        return Typed(Known(resolver.place(node.at), of), TRUTH)
    chinese, english = "有值(…) 里写一个字段、系数或考核成绩", "is_known takes a field, coefficient or review_score"
    raise Misread(node.arguments[0].at, "type-mismatch", chinese, english)


def _tier(adding: bool) -> Call:
    def call(resolver: Resolver, node: CallNode) -> Typed:
        check_count(node, 2)
        number = resolver.number(node.arguments[0])
        table, typed = _table(resolver, node)
        expect(node.arguments[0].at, number.type, typed.edge)
        return Typed(Tier(resolver.place(node.at), number.expression, table, adding), typed.value)

    return call


def _table(resolver: Resolver, node: CallNode) -> tuple[TierTable | ParameterValue, TypedTable]:
    first, *others = node.arguments[1:]
    if isinstance(first, NameNode) and not others:
        symbol = resolver.symbols.parameter(first.name)
        if symbol is not None and isinstance(symbol.type, TypedTable):
            return ParameterValue(resolver.place(first.at), symbol.parameter.name), symbol.type
        chinese, english = f"“{first.name}”不是档位表参数", f"{first.name!r} is not a parameter with a tier table"
        raise Misread(first.at, "table-unknown", chinese, english, nearest(first.name, resolver.symbols.parameters))
    bands = tuple(band for band in (first, *others) if isinstance(band, BandNode))
    if len(bands) != len(node.arguments) - 1:
        chinese, english = (
            "第一个参数之后都应是档,例 >=1 <2: 5%",
            "after the first argument come bands, e.g. >=1 <2: 5%",
        )
        raise Misread(first.at, "tier-band", chinese, english)
    typed = table_from(node.at, bands)
    return typed.table, typed


def _coefficient(resolver: Resolver, node: CallNode) -> Typed:
    """`coefficient(table)`: the person's own, else his post's in a parameter with a table by post."""
    check_count(node, 1, 1)
    resolver.resolve_name(NameNode(node.at, node.name))
    (table,) = node.arguments
    written = table.name if isinstance(table, NameNode) else ""
    symbol = resolver.symbols.parameter(written)
    if symbol is None or not isinstance(symbol.type, TypedPosts):
        chinese, english = "系数(…) 里写一个按岗位的参数", "coefficient takes a parameter with a table by post"
        raise Misread(table.at, "table-unknown", chinese, english, nearest(written, resolver.symbols.parameters))
    expect(table.at, symbol.type.value, PURE)
    return Typed(Coefficient(resolver.place(node.at), symbol.parameter.name), PURE)


def _target(resolver: Resolver, node: CallNode) -> Typed:
    check_count(node, 2)
    return target_of(resolver, node.arguments)


def _target_weight(resolver: Resolver, node: CallNode) -> Typed:
    check_count(node, 2)
    return target_of(resolver, node.arguments, weight=True)


def _attainment(resolver: Resolver, node: CallNode) -> Typed:
    check_count(node, 3)
    actual = resolver.number(node.arguments[0])
    target = target_of(resolver, node.arguments[1:])
    expect(node.arguments[0].at, actual.type, target.type)
    quotient_ = resolver.operation(node.at, Operator.DIVIDE, actual.expression, target.expression)
    return Typed(quotient_, PURE)


def _total(resolver: Resolver, node: CallNode) -> Typed:
    check_count(node, 1, 1)
    name = node.arguments[0]
    if not isinstance(name, NameNode) or name.name not in resolver.symbols.known_steps or resolver.kind is not None:
        chinese, english = "汇总(…) 里写一个步骤名", "total takes the name of a step"
        written = name.name if isinstance(name, NameNode) else ""
        raise Misread(name.at, "name-unknown", chinese, english, nearest(written, resolver.symbols.known_steps))
    symbol = resolver.step_symbol(name)
    too_wide = symbol.scope is Scope.STORE or (resolver.scope is Scope.TEAM and symbol.scope is Scope.TEAM)
    if too_wide:
        chinese, english = f"“{name.name}”不需要汇总", f"{name.name!r} is not calculated for several subjects here"
        raise Misread(name.at, "scope", chinese, english)
    return Typed(Total(resolver.place(node.at), symbol.name), symbol.type)


def _misplaced_split(_: Resolver, node: CallNode) -> Typed:
    chinese = "分摊与均分只能是个人步骤的整个公式"
    raise Misread(node.at, "split-place", chinese, "a split is the whole formula of a person step")


def _only_in(chinese: str, english: str) -> Call:
    def call(_: Resolver, node: CallNode) -> Typed:
        raise Misread(node.at, "call-place", f"“{node.name}”只能写在{chinese}", f"{node.name} stands only {english}")

    return call


CALLS: Mapping[str, Call] = {
    "if": _if,
    "and": _logic(Operator.AND),
    "or": _logic(Operator.OR),
    "not": _logic(Operator.NOT),
    "min": _extreme(Operator.SMALLEST),
    "max": _extreme(Operator.LARGEST),
    "at_least": _extreme(Operator.LARGEST, 2, 2),
    "at_most": _extreme(Operator.SMALLEST, 2, 2),
    "round": _rounding(Operator.ROUND),
    "round_down": _rounding(Operator.ROUND_DOWN),
    "round_up": _rounding(Operator.ROUND_UP),
    "month": _month,
    "later": _day(Operator.LATER),
    "earlier": _day(Operator.EARLIER),
    "is_known": _is_known,
    "tier": _tier(adding=False),
    "tier_sum": _tier(adding=True),
    "by_post": _only_in("参数的值中", "as the value of a parameter"),
    "coefficient": _coefficient,
    "target": _target,
    "target_weight": _target_weight,
    "attainment": _attainment,
    "team_of": _only_in("目标和达成率的对象处", "where target and attainment say whose target it is"),
    "sum": sum_facts,
    "count": count_facts,
    "total": _total,
    "split": _misplaced_split,
    "split_equally": _misplaced_split,
}
