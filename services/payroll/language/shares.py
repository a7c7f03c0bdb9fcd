"""`split` and `split_equally`: the whole formula of a person step that shares a pool."""

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeGuard

from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import Expression, Literal, Operator, Split
from services.payroll.domain.calculation.split import REMAINDER_RULES

from .calls import check_count
from .names import ATTRIBUTES, function_named
from .ordering import step_names_in
from .problems import Misread
from .resolver import Resolver
from .syntax import CallNode, NameNode, Node, TextNode, walk
from .types import MONEY, TEXT, expect


def is_split(node: Node) -> TypeGuard[CallNode]:
    return isinstance(node, CallNode) and function_named(node.name) in ("split", "split_equally")


def share(resolver: Resolver, node: CallNode) -> Split:
    """`split(pool; weight; rule)` or `split_equally(pool; who shares; rule)`, the remainder rule always said."""
    if resolver.scope is not Scope.PERSON:
        raise Misread(node.at, "split-place", "分摊与均分只用于个人步骤", "a split belongs to a person step")
    check_count(node, 3, 3)
    pool_node, weight_node, rule_node = node.arguments
    _check_pool(pool_node)
    pool_scope = Scope.TEAM if _is_of_team(resolver, pool_node) else Scope.STORE
    pool = resolver.in_scope(pool_scope).number(pool_node)
    expect(pool_node.at, pool.type, MONEY)
    return Split(
        at=resolver.place(node.at),
        pool=pool.expression,
        pool_scope=pool_scope,
        weight=_weight(resolver, node, weight_node),
        rule=_rule(resolver, rule_node),
    )


def _check_pool(pool: Node) -> None:
    """What a pool counts belongs to the pool: in a step of its own it stands once in the trace, with its facts."""
    for part in walk(pool):
        if isinstance(part, CallNode) and function_named(part.name) in ("sum", "count"):
            raise Misread(part.at, "split-pool", "奖金池里不直接统计", "a pool does not count facts itself")


def _is_of_team(resolver: Resolver, pool: Node) -> bool:
    names = {part.name for part in walk(pool) if isinstance(part, NameNode)}
    mine = {name for name, attribute in ATTRIBUTES.items() if attribute.value == "my_team"}
    read = step_names_in(pool, resolver.symbols.known_steps)
    steps = (resolver.symbols.steps.get(name) for name in read)
    return bool(names & mine) or any(step is not None and step.scope is Scope.TEAM for step in steps)


def _weight(resolver: Resolver, node: CallNode, weight: Node) -> Expression:
    if function_named(node.name) == "split":
        return resolver.number(weight).expression
    place = resolver.place(weight.at)
    one, nothing = Literal(place, Fraction(1)), Literal(place, Fraction(0))
    return resolver.operation(weight.at, Operator.IF, resolver.truth(weight), one, nothing)


def _rule(resolver: Resolver, node: Node) -> Expression:
    found = resolver.resolve(node)
    if found.type.kind is not TEXT.kind:
        raise _rule_unknown(node)
    _check_rules(node, (node.value,) if isinstance(node, TextNode) else found.type.allowed)
    if isinstance(node, TextNode):
        return Literal(found.expression.at, REMAINDER_RULES[node.value])
    return found.expression


def _check_rules(node: Node, rules: Iterable[str]) -> None:
    listed = tuple(rules)
    if not listed or not all(rule in REMAINDER_RULES for rule in listed):
        raise _rule_unknown(node)


def _rule_unknown(node: Node) -> Misread:
    known = ", ".join(f"“{rule}”" for rule in REMAINDER_RULES)
    return Misread(
        node.at, "choice-unknown", f"尾差规则是 {known} 之一", f"the remainder rule is one of {known}", known
    )
