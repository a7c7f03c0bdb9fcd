"""Worked examples: months small enough to check by hand, which a plan must reproduce before it may be used."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.bounds import MAX_TRIAL_STEPS
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.given import RunInput
from services.payroll.domain.calculation.outcome import Outcome, Value
from services.payroll.domain.calculation.plan import DatedValue, Parameter, ParameterContent, Plan
from services.payroll.domain.calculation.run_state import as_number
from services.payroll.domain.errors import ExamplesInvalid, RunRefusal
from services.payroll.domain.exact import half_up

SubjectFigures = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an example claims; amounts as written. Figures agree to the decimals written, lines of a person completely.

    `refusal` is the slug of the error that must stop the run instead.
    """

    figures: Mapping[str, str | SubjectFigures]
    lines: Mapping[str, SubjectFigures]
    totals: SubjectFigures
    notices: tuple[str, ...]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class WorkedExample:
    chinese: str
    english: str
    clause: str
    given: RunInput
    expected: Expected
    parameters: Mapping[str, str | bool]
    """Other values of parameters, by English name: what the plan would pay under another reading."""


@dataclass(frozen=True, slots=True)
class Difference:
    what: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class ExampleResult:
    chinese: str
    english: str
    clause: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def says_pay(example: WorkedExample) -> bool:
    """Whether somebody is paid or docked something in it."""
    told = (example.expected.totals, *example.expected.lines.values())
    return any(Fraction(amount) for amounts in told for amount in amounts.values())


def check_examples(plan: Plan, examples: Sequence[WorkedExample]) -> tuple[ExampleResult, ...]:
    """Run every example; a result without differences has passed."""
    steps = MAX_TRIAL_STEPS // max(len(examples), 1)
    return tuple(
        ExampleResult(example.chinese, example.english, example.clause, tuple(_differences(plan, example, steps)))
        for example in examples
    )


def _differences(plan: Plan, example: WorkedExample, steps: int) -> Iterator[Difference]:
    expected = example.expected
    try:
        outcome = evaluate(_with_parameters(plan, example), example.given, steps)
    except ExamplesInvalid as refusal:
        yield Difference("parameters", "-", str(refusal))
        return
    except RunRefusal as refusal:
        if refusal.slug != expected.refusal:
            yield Difference("refusal", expected.refusal or "-", f"{refusal.slug}: {refusal}")
        return
    if expected.refusal:
        yield Difference("refusal", expected.refusal, "-")
        return
    yield from _figure_differences(expected, outcome)
    yield from _line_differences(expected, outcome)
    yield from _total_differences(expected, outcome)
    seen = {notice.code for notice in outcome.warnings}
    yield from (Difference(f"notice {code}", code, "-") for code in expected.notices if code not in seen)


def _with_parameters(plan: Plan, example: WorkedExample) -> Plan:
    if not example.parameters:
        return plan
    changed = dict(plan.parameters)
    for name, value in example.parameters.items():
        if name not in changed:
            raise ExamplesInvalid(f"{example.english}: 没有参数 / no such parameter: {name}")
        changed[name] = _with_value(changed[name], value, example)
    return replace(plan, parameters=changed)


def _with_value(parameter: Parameter, value: str | bool, example: WorkedExample) -> Parameter:
    """The parameter with another value from always, of the kind it has; tier tables cannot be changed this way."""
    old = parameter.values[0].value
    content: ParameterContent
    if (isinstance(value, bool) and isinstance(old, bool)) or (isinstance(value, str) and value in parameter.choices):
        content = value
    elif isinstance(value, str) and isinstance(old, Fraction):
        content = _rational(value, example)
    else:
        raise ExamplesInvalid(f"{example.english}: 参数值无效 / not a value of {parameter.name}: {value!r}")
    return replace(parameter, values=(DatedValue(content, str(value), date.min),))


def _rational(written: str, example: WorkedExample) -> Fraction:
    try:
        return Fraction(Decimal(written))
    except (ArithmeticError, ValueError):
        raise ExamplesInvalid(f"{example.english}: 不是数 / not a number: {written!r}") from None


def _figure_differences(expected: Expected, outcome: Outcome) -> Iterator[Difference]:
    for step, wanted in expected.figures.items():
        if isinstance(wanted, str):
            yield from _unequal(step, wanted, outcome.figures.store.get(step))
            continue
        found = outcome.figures.teams.get(step) or outcome.figures.people.get(step) or {}
        for subject, value in wanted.items():
            yield from _unequal(f"{step}/{subject}", value, found.get(subject))


def _unequal(what: str, wanted: str, found: Value) -> Iterator[Difference]:
    if found is None:
        yield Difference(what, wanted, "-")
        return
    decimals = len(wanted.partition(".")[2])
    if half_up(as_number(found), decimals) != Fraction(wanted):
        yield Difference(what, wanted, str(found))


def _line_differences(expected: Expected, outcome: Outcome) -> Iterator[Difference]:
    for person, wanted in expected.lines.items():
        found: dict[str, Fraction] = {}
        for line in outcome.lines:
            if line.person == person:
                found[line.line] = found.get(line.line, Fraction(0)) + Fraction(line.amount)
        for name in sorted(wanted.keys() | found.keys()):
            amount = found.get(name, Fraction(0))
            if amount != Fraction(wanted.get(name, "0")):
                yield Difference(f"{person} {name}", wanted.get(name, "-"), f"{float(amount):.2f}")


def _total_differences(expected: Expected, outcome: Outcome) -> Iterator[Difference]:
    for person, wanted in expected.totals.items():
        found = outcome.totals.get(person)
        if Fraction(found or 0) != Fraction(wanted):
            yield Difference(f"{person} total", wanted, str(found or "0.00"))
