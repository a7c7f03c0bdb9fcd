"""The worked examples of the shipped plans are strong: whatever one breaks in a clause, one of them comes out wrong."""

from collections import Counter

import pytest

from services.payroll.domain.calculation.plan import Plan
from services.payroll.domain.plans.example_file import read_examples
from services.payroll.domain.plans.examples import WorkedExample, check_examples
from services.payroll.service.plans.plans import template_named, templates
from tests.payroll.plan_mutants import mutants

UNPAID = "only figures of people or teams whom no clause pays are more: the steps that read it are for its posts"
EQUAL = "all weights of the split are this one or zero, or all grow alike: a share is weight over sum of weights"
NOTHING = "somebody on probation has nothing here, by the step itself: there is nothing to withhold"
EQUIVALENT = {
    "4s-after-sales": {
        "[二注(1)] complaint_count: for everybody": UNPAID,
        "[二注(2)] review_deduction_rate: for everybody": UNPAID,
        "[三.2] seller_sales: for everybody": UNPAID,
        "[三.3] seller_installed_goods: for everybody": UNPAID,
        "[三.3] seller_uninstalled_goods: for everybody": UNPAID,
        "[四] team_hours: for everybody": UNPAID,
        "[四] team_consumables: for everybody": UNPAID,
        "[四] deducted_hours: for everybody": UNPAID,
        "[二注(2)] review_deduction_rate: = → <=": "a score below the threshold costs already by the other condition",
        "[三.4] other_department_accessories: 1 → 11/10": EQUAL,
        "[三.4] other_department_accessories: 1 → 9/10": EQUAL,
        "[三.4] parts: 1 → 11/10": EQUAL,
        "[三.4] parts: 1 → 9/10": EQUAL,
        "[一.4] pay returned_deductions: whenever": NOTHING,
        "[一.4] pay other_department_accessories: whenever": NOTHING,
        "[一.4] pay parts: whenever": NOTHING,
    },
    "tiered-attainment": {
        "[二.1] own_hours: for everybody": UNPAID,
        "[四] pay output_commission: whenever": NOTHING,
    },
    "score-scaled-pools": {
        "[二.2] jobs_done: for everybody": UNPAID,
        "[二.2] reworks: for everybody": UNPAID,
        "[三.2] support_bonus: 1 → 11/10": EQUAL,
        "[三.2] support_bonus: 1 → 9/10": EQUAL,
        "[四.1] pay workshop_bonus: whenever": NOTHING,
        "[四.1] pay desk_bonus: whenever": NOTHING,
        "[四.1] pay support_bonus: whenever": NOTHING,
    },
    "pay-per-car": {
        "[一.1] maintenance_cars: for everybody": UNPAID,
        "[一.1] repair_cars: for everybody": UNPAID,
        "[一.1] accident_cars: for everybody": UNPAID,
        "[二.2] own_hours: for everybody": UNPAID,
        "[三.1] reworks: for everybody": UNPAID,
        "[二.2] workshop_share: / → *": EQUAL,
        "[二.2] workshop_share: part 1 of /": EQUAL,
        "[二.2] workshop_share: 1 → 11/10": EQUAL,
        "[二.2] workshop_share: 1 → 9/10": EQUAL,
        "[三.2] mechanic_fine: 2 → 11/5": "a number of decimals is whole",
        "[五] pay workshop_share: whenever": NOTHING,
        "[五] pay mechanic_fine: whenever": NOTHING,
    },
}
"""What pays the same in every month, by plan, each with the reason."""
NAMES = [template.name for template in templates()]


def examples_of(name: str) -> list[WorkedExample]:
    return list(read_examples(template_named(name).examples))


def is_caught(plan: Plan, examples: list[WorkedExample]) -> bool:
    """The example that catches a change goes to the front: it will catch the next one too, most likely."""
    for place, example in enumerate(examples):
        if not passes(plan, example):
            examples.insert(0, examples.pop(place))
            return True
    return False


def passes(plan: Plan, example: WorkedExample) -> bool:
    try:
        return check_examples(plan, [example])[0].passed
    except KeyError:  # a step left without the posts of those who read it: as a text it would be refused
        return False


@pytest.mark.parametrize("name", NAMES)
def test_every_change_of_a_clause_of_a_shipped_plan_breaks_an_example(name: str) -> None:
    plan, examples = template_named(name).plan, examples_of(name)
    broken = Counter[str]()
    survivors = []
    for mutant in mutants(plan):
        broken[mutant.clause] += 1
        if str(mutant) not in EQUIVALENT[name] and not is_caught(mutant.plan, examples):
            survivors.append(str(mutant))
    assert survivors == []
    clauses = {step.clause for step in plan.steps} | {one.clause for one in plan.parameters.values()}
    assert clauses - broken.keys() == set()
    assert broken.total() > 400


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_equivalent_is_a_change_that_no_example_notices(name: str) -> None:
    """So that none stays in the list when the plan, or what breaks it, has become another."""
    named = [mutant for mutant in mutants(template_named(name).plan) if str(mutant) in EQUIVALENT[name]]
    assert sorted(map(str, named)) == sorted(EQUIVALENT[name])
    assert all(passes(mutant.plan, example) for mutant in named for example in examples_of(name))
