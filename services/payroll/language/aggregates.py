"""`sum` and `count` over facts: the kind, the value, the conditions, and which fields name the subject."""

from services.payroll.domain.calculation.facts import FACT_KINDS, FactKind, FieldType, fact_kind
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import Aggregate, Attribute, Expression

from .names import ATTRIBUTES
from .problems import Misread, nearest
from .resolver import Resolver, Typed
from .syntax import BinaryNode, CallNode, NameNode, Node
from .types import PURE

_SUBJECT_FIELDS = {Attribute.NUMBER: FieldType.EMPLOYEE, Attribute.TEAM: FieldType.TEAM}


def sum_facts(resolver: Resolver, node: CallNode) -> Typed:
    """`sum(kind; value; conditions…)`"""
    if len(node.arguments) < 2:
        raise _count_problem(node, "种类; 数值; 条件…", "a kind, a value and conditions")
    inside = _inside(resolver, node)
    value = inside.number(node.arguments[1])
    return Typed(_aggregate(inside, node, value.expression, node.arguments[2:]), value.type)


def count_facts(resolver: Resolver, node: CallNode) -> Typed:
    """`count(kind; conditions…)`: adds the quantities of the facts."""
    if not node.arguments:
        raise _count_problem(node, "种类; 条件…", "a kind and conditions")
    inside = _inside(resolver, node)
    return Typed(_aggregate(inside, node, None, node.arguments[1:]), PURE)


def _count_problem(node: CallNode, chinese: str, english: str) -> Misread:
    return Misread(node.at, "argument-count", f"{node.name}({chinese})", f"{node.name} takes {english}")


def _inside(resolver: Resolver, node: CallNode) -> Resolver:
    if resolver.kind is not None:
        chinese, english = "统计里不能再统计", "an aggregation cannot stand inside another"
        raise Misread(node.at, "aggregation-nested", chinese, english)
    first = node.arguments[0]
    written = first.name if isinstance(first, NameNode) else ""
    kind = fact_kind(written)
    if kind is None:
        known = [name for kind_ in FACT_KINDS.values() for name in (kind_.name, *kind_.chinese)]
        chinese, english = f"没有事实种类“{written}”", f"there is no kind of fact {written!r}"
        raise Misread(first.at, "kind-unknown", chinese, english, nearest(written, known) or ", ".join(known))
    return resolver.over_facts(kind)


def _aggregate(inside: Resolver, node: CallNode, value: Expression | None, nodes: tuple[Node, ...]) -> Aggregate:
    assert inside.kind is not None
    subjects = {Attribute.NUMBER: list[int](), Attribute.TEAM: list[int]()}
    conditions = []
    for condition in nodes:
        subject = _subject_condition(inside, inside.kind, condition)
        if subject is None:
            conditions.append(inside.truth(condition))
        else:
            subjects[subject[0]].append(subject[1])
    return Aggregate(
        at=inside.place(node.at),
        kind=inside.kind.name,
        value=value,
        conditions=tuple(conditions),
        by_person=tuple(subjects[Attribute.NUMBER]),
        by_team=tuple(subjects[Attribute.TEAM]),
        text=inside.setting.written(node.at, node.end),
    )


def _subject_condition(inside: Resolver, kind: FactKind, node: Node) -> tuple[Attribute, int] | None:
    """`field = me` or `field = my_team`, in either order."""
    if not isinstance(node, BinaryNode) or node.sign != "=":
        return None
    if not isinstance(node.left, NameNode) or not isinstance(node.right, NameNode):
        return None
    for subject, field in ((node.left, node.right), (node.right, node.left)):
        attribute, place = ATTRIBUTES.get(subject.name), kind.position(field.name)
        if attribute in _SUBJECT_FIELDS and place is not None and kind.position(subject.name) is None:
            _check_subject(inside, kind, attribute, place, node)
            return attribute, place
    return None


def _check_subject(inside: Resolver, kind: FactKind, attribute: Attribute, place: int, node: Node) -> None:
    field = kind.fields[place]
    if field.type is not _SUBJECT_FIELDS[attribute]:
        chinese, english = f"“{field.chinese[0]}”不能与它比较", f"{field.name} cannot be compared with it"
        raise Misread(node.at, "type-mismatch", chinese, english)
    if inside.scope is Scope.STORE or (inside.scope is Scope.TEAM and attribute is Attribute.NUMBER):
        chinese, english = "这个步骤没有本人或本班组", "the step has no such subject"
        raise Misread(node.at, "scope", chinese, english)
