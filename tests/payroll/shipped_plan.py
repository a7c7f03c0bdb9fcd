"""The shipped plan and its worked examples, and short ways to make people, targets and facts for tests."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import services.payroll
from services.payroll.domain.calculation.facts import Fact, FactValue, in_columns
from services.payroll.domain.calculation.given import Person, RunInput, Target
from services.payroll.domain.calculation.outcome import Outcome, Scope
from services.payroll.domain.calculation.plan import Plan
from services.payroll.domain.month import Month
from services.payroll.domain.plans.example_file import read_examples
from services.payroll.domain.plans.examples import WorkedExample
from services.payroll.language import parse_plan

PLANS = Path(services.payroll.__file__).parent / "plans"
MARCH = Month(2026, 3)
TITLE = '计划 "试" "trial"\n'


@cache
def shipped_text() -> str:
    return (PLANS / "4s-after-sales.plan").read_text(encoding="utf-8")


@cache
def shipped_plan() -> Plan:
    return parse_plan(shipped_text())


@cache
def shipped_examples() -> tuple[WorkedExample, ...]:
    return read_examples(json.loads((PLANS / "4s-after-sales.examples.json").read_text(encoding="utf-8")))


def make_person(number: str = "SA01", **overrides: object) -> Person:
    given: dict[str, object] = {
        "name": "",
        "post": "service_advisor",
        "team": "业务组",
        "coefficient": Fraction(2, 5),
        "on_probation": False,
    }
    return Person(number, **{**given, **overrides})  # type: ignore[arg-type]


def make_target(**overrides: object) -> Target:
    given: dict[str, object] = {
        "scope": Scope.TEAM,
        "subject": "业务组",
        "metric": "output",
        "value": Decimal(100),
        "signed_on": date(2026, 2, 25),
        "signed_by": "SA01",
    }
    return Target(**{**given, **overrides})  # type: ignore[arg-type]


def make_fact(id_: str, kind: str, **fields: FactValue) -> Fact:
    return Fact(id_, 1, kind, fields)


def trial(body: str) -> Plan:
    """A plan of these statements."""
    return parse_plan(TITLE + body)


def make_input(*facts: Fact, people: tuple[Person, ...] = (), **overrides: object) -> RunInput:
    given: dict[str, object] = {"month": MARCH, "people": people or (make_person(),), "facts": in_columns(facts)}
    return RunInput(**{**given, **overrides})  # type: ignore[arg-type]


def lines_of(outcome: Outcome) -> Mapping[str, Mapping[str, str]]:
    """Pay lines by person and name, as text."""
    lines: dict[str, dict[str, str]] = {}
    for line in outcome.lines:
        lines.setdefault(line.person, {})[line.line] = str(line.amount)
    return lines
