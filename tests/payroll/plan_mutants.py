"""A plan with one thing of one clause broken, for everything that it is made of: what its own examples must notice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from services.payroll.domain.calculation.facts import FACT_KINDS, FieldType
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import (
    Aggregate,
    Attribute,
    Coefficient,
    CurrentMonth,
    DatedValue,
    FactField,
    Known,
    Literal,
    Operation,
    Operator,
    Parameter,
    ParameterValue,
    Payment,
    PersonValue,
    Place,
    Plan,
    Split,
    Step,
    StepValue,
    TargetValue,
    TeamOf,
    Tier,
    Total,
)
from services.payroll.domain.calculation.tables import Band, PostTable, TierTable
from services.payroll.domain.vocabulary import METRICS, POSTS

_NOWHERE = Place(1, 1)
_COMPARISONS = (
    Operator.EQUAL,
    Operator.UNEQUAL,
    Operator.LESS,
    Operator.AT_MOST,
    Operator.MORE,
    Operator.AT_LEAST,
)
_SWAPPED = {
    Operator.ADD: (Operator.SUBTRACT,),
    Operator.SUBTRACT: (Operator.ADD,),
    Operator.MULTIPLY: (Operator.DIVIDE,),
    Operator.DIVIDE: (Operator.MULTIPLY,),
    Operator.AND: (Operator.OR,),
    Operator.OR: (Operator.AND,),
    Operator.SMALLEST: (Operator.LARGEST,),
    Operator.LARGEST: (Operator.SMALLEST,),
    Operator.LATER: (Operator.EARLIER,),
    Operator.EARLIER: (Operator.LATER,),
    Operator.ROUND: (Operator.ROUND_DOWN, Operator.ROUND_UP),
}
_ORDERED = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)
_TRUTHS = frozenset({*_COMPARISONS, Operator.AND, Operator.OR, Operator.NOT})
_WITH_PARTS = (
    Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY, Operator.DIVIDE, Operator.SMALLEST, Operator.LARGEST,
    Operator.LATER, Operator.EARLIER, Operator.IF,
)  # fmt: skip
Variants = Iterator[tuple[str, Any]]


@dataclass(frozen=True)
class Mutant:
    """`clause` and `where` say what was broken, `how` what is different in it."""

    clause: str
    where: str
    how: str
    plan: Plan

    def __str__(self) -> str:
        return f"[{self.clause}] {self.where}: {self.how}"


def mutants(plan: Plan) -> Iterator[Mutant]:
    for name, parameter in plan.parameters.items():
        for how, other in _of_parameter(parameter):
            yield Mutant(parameter.clause, name, how, replace(plan, parameters={**plan.parameters, name: other}))
    for place, step in enumerate(plan.steps):
        for how, changed in _Breaker(plan, step, plan.steps[:place]).variants():
            steps = (*plan.steps[:place], changed, *plan.steps[place + 1 :])
            yield Mutant(step.clause, step.name, how, replace(plan, steps=steps))
    for place, payment in enumerate(plan.payments):
        for how, kept in _of_payment(payment):
            payments = (*plan.payments[:place], *kept, *plan.payments[place + 1 :])
            yield Mutant(payment.clause, f"pay {payment.step}", how, replace(plan, payments=payments))
    for place, reminder in enumerate(plan.reminders):
        reminders = (*plan.reminders[:place], *plan.reminders[place + 1 :])
        yield Mutant("", f"remind {reminder.step}", "left out", replace(plan, reminders=reminders))


def _of_payment(payment: Payment) -> Iterator[tuple[str, tuple[Payment, ...]]]:
    yield "left out", ()
    yield "as another line", (replace(payment, line="another"),)
    if payment.condition is not None:
        yield "whenever", (replace(payment, condition=None),)
        yield "when not", (replace(payment, condition=_not(payment.condition)),)


def _of_parameter(parameter: Parameter) -> Iterator[tuple[str, Parameter]]:
    for place, dated in enumerate(parameter.values):
        for how, changed in _of_dated(parameter, dated):
            yield how, replace(parameter, values=(*parameter.values[:place], changed, *parameter.values[place + 1 :]))


def _of_dated(parameter: Parameter, dated: DatedValue) -> Iterator[tuple[str, DatedValue]]:
    yield "only from May", replace(dated, since=date(2026, 5, 1))
    yield "only until February", replace(dated, until=date(2026, 2, 28))
    value = dated.value
    if isinstance(value, str):
        contents: Iterable[Any] = (choice for choice in parameter.choices if choice != value)
    else:
        contents = _of_content(value)
    for content in contents:
        yield f"{dated.written} → {content}", replace(dated, value=content)


def _of_content(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case Fraction():
            yield from _other_numbers(value)
        case TierTable():
            yield from _other_tiers(value)
        case PostTable():
            for post, number in value.values.items():
                yield PostTable({other: of for other, of in value.values.items() if other != post})
                yield from (PostTable({**value.values, post: other}) for other in _other_numbers(number))


def _other_numbers(number: Fraction) -> tuple[Fraction, ...]:
    return (number * Fraction(11, 10), number * Fraction(9, 10), Fraction(0)) if number else (Fraction(1),)


def _other_tiers(table: TierTable) -> Iterator[TierTable]:
    bands = table.bands
    for place, band in enumerate(bands):
        others = _other_numbers(band.value) if band.value else (Fraction(1, 20),)
        yield from (_with_bands(bands, place, replace(band, value=other)) for other in others)
    for place, (below, above) in enumerate(pairwise(bands)):
        assert below.upper is not None
        flipped = replace(below, upper_inside=not below.upper_inside), replace(above, lower_inside=below.upper_inside)
        yield _with_bands(bands, place, *flipped)
        for edge in (below.upper + 1, below.upper - 1):
            moved = replace(below, upper=edge), replace(above, lower=edge)
            if all(band.lower is None or band.upper is None or band.lower <= band.upper for band in moved):
                yield _with_bands(bands, place, *moved)


def _with_bands(bands: tuple[Band, ...], place: int, *changed: Band) -> TierTable:
    return TierTable((*bands[:place], *changed, *bands[place + len(changed) :]))


def _not(condition: Any) -> Operation:
    return Operation(_NOWHERE, Operator.NOT, (condition,))


def _one() -> Literal:
    return Literal(_NOWHERE, Fraction(1))


class _Breaker:
    """Breaks one step, which can read the steps before it."""

    def __init__(self, plan: Plan, step: Step, before: tuple[Step, ...]) -> None:
        self.plan = plan
        self.step = step
        self.before = {one.name: one for one in before}

    def variants(self) -> Iterator[tuple[str, Step]]:
        for how, expression in self.of(self.step.expression):
            yield how, replace(self.step, expression=expression)
        posts = self.step.posts
        for post in posts:
            kept = tuple(other for other in posts if other != post)
            yield f"without {post}", replace(self.step, posts=kept or ("quality_inspector",))
        if posts:
            yield "for everybody", replace(self.step, posts=())

    def of(self, part: Any) -> Variants:
        """Every way to break a part: itself, or one of its parts."""
        yield from _LOCAL.get(type(part), _nothing)(self, part)
        if not is_dataclass(part) or isinstance(part, type):
            return
        for each in fields(part):
            value = getattr(part, each.name)
            if isinstance(value, tuple):
                for place, one in enumerate(value):
                    for how, changed in self.of(one):
                        yield how, replace(part, **{each.name: (*value[:place], changed, *value[place + 1 :])})
            else:
                yield from ((how, replace(part, **{each.name: changed})) for how, changed in self.of(value))

    def literal(self, part: Literal) -> Variants:
        if isinstance(part.value, bool):
            yield f"{part.value} → {not part.value}", replace(part, value=not part.value)
        elif isinstance(part.value, Fraction):
            for other in _other_numbers(part.value):
                yield f"{part.value} → {other}", replace(part, value=other)

    def operation(self, part: Operation) -> Variants:
        shown = part.operator.value
        for other in self._operators(part):
            yield f"{shown} → {other.value}", replace(part, operator=other)
        if part.operator in _TRUTHS:
            yield f"not({shown})", _not(part)
        if part.operator in (Operator.NEGATE, Operator.NOT):
            yield f"without {shown}", part.operands[0]
        if part.operator in _WITH_PARTS:
            first = 1 if part.operator is Operator.IF else 0
            yield from ((f"part {place} of {shown}", one) for place, one in enumerate(part.operands[first:], 1))
        if part.operator is Operator.IF:
            condition, then, otherwise = part.operands
            yield "branches exchanged", replace(part, operands=(condition, otherwise, then))
        if part.operator in (Operator.AND, Operator.OR):
            yield from self._shorter(part)
        yield from self._texts(part)

    def _operators(self, part: Operation) -> tuple[Operator, ...]:
        if part.operator not in _COMPARISONS:
            return _SWAPPED.get(part.operator, ())
        ordered = part.operator in _ORDERED or isinstance(part.operands[1], ParameterValue)
        others = _COMPARISONS if ordered else (Operator.EQUAL, Operator.UNEQUAL)
        return tuple(other for other in others if other is not part.operator)

    def _shorter(self, part: Operation) -> Variants:
        for place in range(len(part.operands)):
            kept = (*part.operands[:place], *part.operands[place + 1 :])
            yield (
                f"{part.operator.value} without {place + 1}",
                kept[0] if len(kept) == 1 else replace(part, operands=kept),
            )

    def _texts(self, part: Operation) -> Variants:
        """Another value of the list that a text is compared with."""
        if part.operator not in _COMPARISONS:
            return
        left, right = part.operands
        if isinstance(right, Literal) and isinstance(right.value, str):
            for other in self._listed(left):
                if other != right.value:
                    yield f"“{right.value}” → “{other}”", replace(part, operands=(left, replace(right, value=other)))

    def _listed(self, part: Any) -> Iterable[str]:
        if isinstance(part, FactField):
            choices = FACT_KINDS[part.kind].fields[part.place].choices
            return choices.spellings if choices is not None else ()
        return self.plan.parameters[part.name].choices if isinstance(part, ParameterValue) else ()

    def field(self, part: FactField) -> Variants:
        own = FACT_KINDS[part.kind].fields[part.place]
        if own.type is FieldType.BOOLEAN:
            yield f"not({own.name})", _not(part)
        for place, other in enumerate(FACT_KINDS[part.kind].fields):
            if place != part.place and (other.type, other.choices) == (own.type, own.choices):
                yield f"{own.name} → {other.name}", replace(part, place=place)

    def month(self, part: CurrentMonth) -> Variants:
        yield "another month", replace(part, previous=not part.previous)

    def step_value(self, part: StepValue | Total) -> Variants:
        own = self.before[part.step]
        for other in self.before.values():
            reachable = other.posts == own.posts or not other.posts or set(self.step.posts) <= set(other.posts)
            like = other.scope is own.scope and _is_truth(other) is _is_truth(own)
            if other.name != own.name and like and (reachable or isinstance(part, Total)):
                yield f"{own.name} → {other.name}", replace(part, step=other.name)

    def parameter(self, part: ParameterValue) -> Variants:
        own = self.plan.parameters[part.name].values[0].value
        if isinstance(own, bool):
            yield f"not({part.name})", _not(part)
        for name, other in self.plan.parameters.items():
            same = type(other.values[0].value) is type(own) and not isinstance(own, str)
            if name != part.name and same:
                yield f"{part.name} → {name}", replace(part, name=name)

    def person(self, part: PersonValue) -> Variants:
        if part.attribute is Attribute.PROBATION:
            yield "not(on_probation)", _not(part)
        if part.attribute is Attribute.COEFFICIENT:
            yield "coefficient → 1", _one()

    def coefficient(self, part: Coefficient) -> Variants:
        yield "coefficient → 1", _one()
        yield "own coefficient only", PersonValue(part.at, Attribute.COEFFICIENT)

    def target(self, part: TargetValue) -> Variants:
        yield "its value" if part.weight else "its weight", replace(part, weight=not part.weight)
        for metric in METRICS.spellings:
            if metric != part.metric:
                yield f"target of {metric}", replace(part, metric=metric)
        if part.signers:
            yield "signed by anybody", replace(part, signers=())
            yield "signed by another", replace(part, signers=("desk_supervisor",))
            yield "signed by more", replace(part, signers=(*part.signers, "advisor_assistant"))
        if isinstance(part.subject, TeamOf):
            yield "of a named team", replace(part, subject=Literal(part.at, "业务组"))
            yield "of no target", Literal(part.at, Fraction(100_000))

    def team_of(self, part: TeamOf) -> Variants:
        for post in POSTS.spellings:
            if post not in part.posts:
                yield f"and the team of {post}", replace(part, posts=(*part.posts, post))
                yield f"the team of {post}", replace(part, posts=(post,))

    def tier(self, part: Tier) -> Variants:
        yield "tiers added" if not part.adding else "one tier", replace(part, adding=not part.adding)

    def known(self, part: Known) -> Variants:
        yield "always known", Literal(part.at, value=True)
        yield "never known", Literal(part.at, value=False)

    def aggregate(self, part: Aggregate) -> Variants:
        for place, condition in enumerate(part.conditions):
            others = (*part.conditions[:place], *part.conditions[place + 1 :])
            yield f"without condition {place + 1}", replace(part, conditions=others)
            yield f"not condition {place + 1}", replace(part, conditions=(*others, _not(condition)))
        if part.by_person:
            yield "of everybody", replace(part, by_person=())
        if part.by_team:
            yield "of every team", replace(part, by_team=())
        if part.value is not None:
            yield "counted", replace(part, value=None)
        kind = FACT_KINDS[part.kind]
        for place, field in enumerate(kind.fields):
            if place not in part.by_person and part.by_person and field.type is FieldType.EMPLOYEE:
                yield f"by {field.name}", replace(part, by_person=(place,))

    def split(self, part: Split) -> Variants:
        yield "shared equally", replace(part, weight=_one())
        yield "half of the pool", replace(part, pool=Operation(_NOWHERE, Operator.DIVIDE, (part.pool, _two())))
        if part.pool_scope is Scope.STORE:
            yield "one cent more", replace(part, pool=Operation(_NOWHERE, Operator.ADD, (part.pool, _cent())))


def _is_truth(step: Step) -> bool:
    return isinstance(step.expression, Operation) and step.expression.operator in _TRUTHS


def _two() -> Literal:
    return Literal(_NOWHERE, Fraction(2))


def _cent() -> Literal:
    return Literal(_NOWHERE, Fraction(1, 100))


def _nothing(_: _Breaker, __: object) -> Variants:
    yield from ()


_LOCAL: dict[type, Any] = {
    Literal: _Breaker.literal,
    Operation: _Breaker.operation,
    FactField: _Breaker.field,
    CurrentMonth: _Breaker.month,
    StepValue: _Breaker.step_value,
    Total: _Breaker.step_value,
    ParameterValue: _Breaker.parameter,
    PersonValue: _Breaker.person,
    Coefficient: _Breaker.coefficient,
    TargetValue: _Breaker.target,
    TeamOf: _Breaker.team_of,
    Tier: _Breaker.tier,
    Known: _Breaker.known,
    Aggregate: _Breaker.aggregate,
    Split: _Breaker.split,
}
