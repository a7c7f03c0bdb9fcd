"""The plans that ship: their examples hold, and catch every broken number or condition."""

import re
from collections.abc import Iterator

import pytest

from services.payroll.language import PlanInvalid, parse_plan
from services.payroll.service.plans.plans import template_named, templates
from services.payroll.service.plans.trials import results_of

FURTHER = ("pay-per-car", "score-scaled-pools", "tiered-attainment")
NUMBER = re.compile(r"(?<![\w.])\d+(\.\d+)?")
CONDITION = re.compile(
    r"; (非\(已取消\)|月份\((?:发生|完工|出厂)日期\) = 本月|维修类别 [^;)]*|接待人 = 本人|技师 = 本人|员工 = 本人"
    r"|班组 = 本班组|指标 = [^;)]*)"
)


def test_four_plans_ship() -> None:
    assert [template.name for template in templates()] == ["4s-after-sales", *FURTHER]


@pytest.mark.parametrize("name", FURTHER)
def test_the_examples_of_a_plan_hold(name: str) -> None:
    template = template_named(name)
    results = results_of(template.plan, template.examples)
    assert len(results) > 9
    assert not [(result.english, result.differences) for result in results if not result.passed]
    assert all(step.clause and step.chinese for step in template.plan.steps)


def broken(text: str) -> Iterator[tuple[str, str]]:
    """The text with one number of a parameter raised, or one condition left out, and what was done."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        start, end = line.find(" = "), line.rfind(" 自 ")
        spans = [m for m in NUMBER.finditer(line, start, end) if "参数" in line]
        changes = [(m.start(), m.end(), str(float(m[0]) + 1)) for m in spans]
        changes += [(m.start(), m.end(), "") for m in CONDITION.finditer(line)]
        for first, last, other in changes:
            changed = [*lines[:place], line[:first] + other + line[last:], *lines[place + 1 :]]
            yield "\n".join(changed), f"line {place + 1}: {line[first:last]!r} → {other!r}"


@pytest.mark.parametrize("name", FURTHER)
def test_the_examples_of_a_plan_catch_every_clause_that_is_broken(name: str) -> None:
    template = template_named(name)
    tried, missed = 0, []
    for text, what in broken(template.text):
        try:
            plan = parse_plan(text)
        except PlanInvalid:
            continue
        tried += 1
        if all(result.passed for result in results_of(plan, template.examples)):
            missed.append(what)
    assert tried > 25
    assert missed == []
