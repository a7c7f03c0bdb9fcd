"""What is different in a newer plan, in words of both languages: which clause, from what to what, from when."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from services.payroll.domain.calculation.plan import DatedValue, Parameter, Payment, Step
from services.payroll.domain.plans.meaning import meaning

from .compared import Compared, Named, Side
from .printing import constant_text, dated_text, formula_text, payable_text, scope_text
from .spelling import Language

What = Literal["plan", "parameter", "step", "payment", "reminder"]
Noun = Literal["parameter", "step"]
Kind = Literal["added", "removed", "changed", "renamed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `changes_pay`: whether an amount can be another, or only names and clauses are.

    `since`: the day from which a parameter's value holds; None for what comes with the newer plan itself.
    """

    what: What
    kind: Kind
    name: str
    clause: str
    since: date | None
    changes_pay: bool
    chinese: str
    english: str


Part = TypeVar("Part", Parameter, Step)
_LANGUAGES: tuple[Language, Language] = ("zh", "en")
Words = tuple[str, str]
"""Chinese and English."""


def difference(older: str, newer: str, beside: tuple[Sequence[str], Sequence[str]] = ((), ())) -> tuple[Change, ...]:
    """The changes from an older plan text to a newer one; none when they say the same, in whatever writing.

    `beside` is what set the values of either's parameters beside its text: they count as if they stood in it.
    """
    both = Compared.of(older, newer, beside)
    return (*_title(both), *_parameters(both), *_steps(both), *_payments(both), *_reminders(both))


def _told(
    what: What, kind: Kind, name: str, said: Words, *, pays: bool, clause: str = "", since: date | None = None
) -> Change:
    return Change(what, kind, name, clause, since, pays, *said)


def _title(both: Compared) -> Iterator[Change]:
    old, new = both.older.title, both.newer.title
    if (old.chinese, old.english) != (new.chinese, new.english):
        chinese = f"方案由“{old.chinese}”改名为“{new.chinese}”"
        english = f"the plan {old.english!r} is now called {new.english!r}"
        yield _told("plan", "renamed", new.english, (chinese, english), pays=False)


def _parameters(both: Compared) -> Iterator[Change]:
    old, new = both.older.plan.parameters, both.newer.plan.parameters
    yield from _gone_and_new("parameter", both, old, new, _all_values)
    for one, other in both.pairs(old, new):
        yield from _names("parameter", one, other)
        yield from _clauses("parameter", one, other)
        yield from _choices(one, other)
        yield from _values(both, one, other)


def _steps(both: Compared) -> Iterator[Change]:
    old, new = both.older.steps, both.newer.steps
    yield from _gone_and_new("step", both, old, new, _formulas)
    for one, other in both.pairs(old, new):
        yield from _names("step", one, other)
        yield from _clauses("step", one, other)
        yield from _subjects(both, one, other)
        yield from _formula(both, one, other)


def _gone_and_new(
    what: Noun, both: Compared, old: Mapping[str, Part], new: Mapping[str, Part], text: Callable[[Side, Part], Words]
) -> Iterator[Change]:
    for part in both.removed(old):
        was = text(both.older, part)
        said = _said(what, part, (f"删除,原为 {was[0]}", f"is removed; it was {was[1]}"))
        yield _told(what, "removed", part.name, said, pays=True, clause=part.clause)
    for part in both.added(new):
        now = text(both.newer, part)
        said = _said(what, part, (f"新增: {now[0]}", f"is new: {now[1]}"))
        yield _told(what, "added", part.name, said, pays=True, clause=part.clause)


_NOUNS: dict[Noun, Words] = {"parameter": ("参数", "parameter"), "step": ("步骤", "step")}


def _said(what: Noun, of: Named, told: Words) -> Words:
    chinese, english = _NOUNS[what]
    return f"{chinese}“{of.chinese}”{told[0]}", f"the {english} {of.name} {told[1]}"


def _names(what: Noun, one: Parameter | Step, other: Parameter | Step) -> Iterator[Change]:
    if (one.name, one.chinese) != (other.name, other.chinese):
        noun = _NOUNS[what]
        chinese = f"{noun[0]}“{one.chinese}”({one.name})改名为“{other.chinese}”({other.name})"
        english = f"the {noun[1]} {one.name} ({one.chinese}) is now called {other.name} ({other.chinese})"
        yield _told(what, "renamed", other.name, (chinese, english), pays=False, clause=other.clause)


def _clauses(what: Noun, one: Parameter | Step, other: Parameter | Step) -> Iterator[Change]:
    if one.clause != other.clause:
        turned = f"条款由 [{one.clause}] 改为 [{other.clause}]", f"moved from clause [{one.clause}] to [{other.clause}]"
        said = _said(what, other, turned)
        yield _told(what, "changed", other.name, said, pays=False, clause=other.clause)


def _choices(one: Parameter, other: Parameter) -> Iterator[Change]:
    if one.choices != other.choices:
        before, after = ("; ".join(f"“{choice}”" for choice in each.choices) or "-" for each in (one, other))
        said = _said("parameter", other, (f"选项由 {before} 改为 {after}", f"offers {after}, not {before}"))
        yield _told("parameter", "changed", other.name, said, pays=False, clause=other.clause)


def _values(both: Compared, one: Parameter, other: Parameter) -> Iterator[Change]:
    old, new = ({dated.since: dated for dated in each.values} for each in (one, other))
    for since in sorted(old.keys() | new.keys()):
        before, after = old.get(since), new.get(since)
        if before is None or after is None or meaning(before) != meaning(after):
            pair = _value(both.older, one, before), _value(both.newer, other, after)
            held = _value(both.older, one, one.in_force(since))
            said = _said("parameter", other, _turn(since, pair, held))
            yield _told("parameter", "changed", other.name, said, pays=True, clause=other.clause, since=since)


def _turn(since: date, pair: tuple[Words, Words], held: Words) -> Words:
    """From what to what on a day: a value changed, one more, or one less."""
    before, after = pair
    if not before[0]:
        was = f"(此前为 {held[0]})" if held[0] else "", f" ({held[1]} until now)" if held[0] else ""
        return f"自 {since} 起为 {after[0]}{was[0]}", f"is {after[1]} from {since} on{was[1]}"
    if not after[0]:
        return f"不再有自 {since} 起的 {before[0]}", f"no longer has {before[1]} from {since} on"
    return f"自 {since} 起由 {before[0]} 改为 {after[0]}", f"changes from {before[1]} to {after[1]} from {since} on"


def _value(side: Side, parameter: Parameter, dated: DatedValue | None) -> Words:
    if dated is None:
        return "", ""
    chinese, english = (_one_value(side, parameter, dated, language) for language in _LANGUAGES)
    if dated.until is not None:
        return f"{chinese}(至 {dated.until})", f"{english} (until {dated.until})"
    return chinese, english


def _one_value(side: Side, parameter: Parameter, dated: DatedValue, language: Language) -> str:
    node = side.parameter_node(parameter.name, language)
    return next(constant_text(one.value, language) for one in node.values if one.since.value == dated.since)


def _all_values(side: Side, parameter: Parameter) -> Words:
    chinese, english = (
        "; ".join(dated_text(one, language) for one in side.parameter_node(parameter.name, language).values)
        for language in _LANGUAGES
    )
    return chinese, english


def _subjects(both: Compared, one: Step, other: Step) -> Iterator[Change]:
    if (one.scope, one.posts) != (other.scope, other.posts):
        before, after = (
            tuple(scope_text(side.step_node(step.name, language), language) for language in _LANGUAGES)
            for side, step in ((both.older, one), (both.newer, other))
        )
        turned = f"计算对象由 {before[0]} 改为 {after[0]}", f"is calculated for {after[1]}, not for {before[1]}"
        yield _told("step", "changed", other.name, _said("step", other, turned), pays=True, clause=other.clause)


def _formula(both: Compared, one: Step, other: Step) -> Iterator[Change]:
    if meaning(one.expression, both.names) != meaning(other.expression):
        before, after = _formulas(both.older, one), _formulas(both.newer, other)
        turned = f"公式由 {before[0]} 改为 {after[0]}", f"changes from {before[1]} to {after[1]}"
        yield _told("step", "changed", other.name, _said("step", other, turned), pays=True, clause=other.clause)


def _formulas(side: Side, step: Step) -> Words:
    chinese, english = (
        formula_text(side.step_node(step.name, language).expression, language) for language in _LANGUAGES
    )
    return chinese, english


def _payments(both: Compared) -> Iterator[Change]:
    old = {both.names.get(payment.step, f" {payment.step}"): payment for payment in both.older.plan.payments}
    new = {payment.step: payment for payment in both.newer.plan.payments}
    for key, payment in old.items():
        if key not in new:
            said = _paid(both.older, payment, ("不再发放", "is no longer paid"))
            yield _told("payment", "removed", payment.step, said, pays=True, clause=payment.clause)
    for key, payment in new.items():
        if key not in old:
            said = _paid(both.newer, payment, ("新增发放", "is now paid"))
            yield _told("payment", "added", payment.step, said, pays=True, clause=payment.clause)
        else:
            yield from _payment(both, old[key], payment)


def _paid(side: Side, payment: Payment, what: Words) -> Words:
    """What is paid, as which line, and when."""
    shown = []
    for language in _LANGUAGES:
        _, payable = side.payment_node(payment.step, language)
        condition = _condition(side, payment, language)
        shown.append(payable_text(payable, language) + (f" {_WHEN[language]} {condition}" if condition else ""))
    return f"{what[0]}: {shown[0]}", f"{shown[1]} {what[1]}"


_WHEN: dict[Language, str] = {"zh": "条件", "en": "when"}


def _condition(side: Side, payment: Payment, language: Language) -> str:
    node, _ = side.payment_node(payment.step, language)
    return "" if node.condition is None else formula_text(node.condition, language)


def _payment(both: Compared, one: Payment, other: Payment) -> Iterator[Change]:
    step = both.newer.steps[other.step]
    if meaning(one.condition, both.names) != meaning(other.condition):
        before, after = (
            [_condition(side, payment, language) or "-" for language in _LANGUAGES]
            for side, payment in ((both.older, one), (both.newer, other))
        )
        turned = f"发放条件由 {before[0]} 改为 {after[0]}", f"is paid when {after[1]}, not when {before[1]}"
        yield _told("payment", "changed", step.name, _said("step", step, turned), pays=True, clause=other.clause)
    if both.names.get(one.line, one.line) != other.line:
        turned = f"付款行名由 {one.line} 改为 {other.line}", f"is paid as {other.line}, not as {one.line}"
        yield _told("payment", "renamed", step.name, _said("step", step, turned), pays=False, clause=other.clause)
    if one.clause != other.clause:
        turned = f"发放条款由 [{one.clause}] 改为 [{other.clause}]", f"is paid by [{other.clause}], not [{one.clause}]"
        yield _told("payment", "changed", step.name, _said("step", step, turned), pays=False, clause=other.clause)


def _reminders(both: Compared) -> Iterator[Change]:
    old = {(both.names.get(note.step, note.step), note.chinese, note.english) for note in both.older.plan.reminders}
    new = {(note.step, note.chinese, note.english) for note in both.newer.plan.reminders}
    for step, chinese, english in sorted(old - new):
        said = f"不再提醒“{chinese}”({step})", f"there is no reminder {english!r} of {step} any more"
        yield _told("reminder", "removed", step, said, pays=False)
    for step, chinese, english in sorted(new - old):
        said = f"新增提醒“{chinese}”({step})", f"there is a new reminder {english!r} of {step}"
        yield _told("reminder", "added", step, said, pays=False)
